import { addressFamily } from './cidr.ts';
import { describeObject, type KubeObject, quoted, recordOf } from './objects.ts';

/** Selects the DNSRecords of a shoot's API server in its control plane namespace, by labels that gardenlet sets. */
export const apiServerRecordSelector = 'gardener.cloud/role=controlplane,role in (internal,external)';

/** The targets in the DNSRecords of a shoot's API server. */
export interface ApiServerTargets {
  /** IP addresses in records of type A and AAAA, unchanged. */
  readonly addresses: readonly string[];
  /** Host names in records of type CNAME, which must be resolved. */
  readonly hosts: readonly string[];
  /** Messages about invalid values. */
  readonly problems: readonly string[];
}

/** Returns the targets in the DNSRecords among objects of one namespace; objects without the labels of the selector are ignored. */
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
