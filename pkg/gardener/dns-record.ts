import { addressFamily } from './cidr.ts';
import { describeObject, type KubeObject, quoted, recordOf } from './objects.ts';

/** Selects the DNSRecords of a shoot's API server in its control plane namespace, by the labels that gardenlet gives them. */
export const apiServerRecordSelector = 'gardener.cloud/role=controlplane,role in (internal,external)';

/** Where the API server of a shoot is reached, as its DNSRecords say. */
export interface ApiServerTargets {
  /** IP addresses of records of type A and AAAA, as they are written. */
  readonly addresses: readonly string[];
  /** Host names of records of type CNAME, whose addresses have to be looked up. */
  readonly hosts: readonly string[];
  /** Values that are neither. */
  readonly problems: readonly string[];
}

/** Reads the DNSRecords among objects of one namespace; objects without the labels of the selector are ignored. */
export function apiServerTargets(objects: readonly KubeObject[]): ApiServerTargets {
  const values = objects.filter(isApiServerRecord).flatMap((record) => {
    const { recordType, values: given } = recordOf(record['spec']);
    const texts = Array.isArray(given) ? given.map(String) : [];
    return texts.map((value) => ({ record, recordType, value }));
  });
  const numeric = values.filter(({ recordType }) => recordType === 'A' || recordType === 'AAAA');
  return {
    addresses: numeric.flatMap(({ value }) => (addressFamily(value) === undefined ? [] : [value])),
    hosts: values.flatMap(({ recordType, value }) => (recordType === 'CNAME' ? [value] : [])),
    problems: numeric
      .filter(({ value }) => addressFamily(value) === undefined)
      .map(({ record, value }) => `${describeObject(record)} has the value ${quoted(value)}, which is no IP address`),
  };
}

function isApiServerRecord({ kind, metadata: { labels = {} } }: KubeObject): boolean {
  return (
    kind === 'DNSRecord' &&
    labels['gardener.cloud/role'] === 'controlplane' &&
    ['internal', 'external'].includes(labels['role'] ?? '')
  );
}
