import { readFileSync } from 'node:fs';
import { isRecord } from '../../../pkg/gardener/objects.ts';
import type { Right } from '../../unit/helm/rights.ts';

/** A request as the API server's audit log has it. */
export interface AuditedRequest {
  readonly user: string;
  readonly verb: string;
  readonly group: string;
  /** With its subresource: `networks/status`. */
  readonly resource: string;
  /** Undefined for what is cluster-scoped, or asked for in all namespaces. */
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly code: number;
}

/** Requests for objects since the last call, in the order of their ends; a watch is there when it has begun. */
export function auditReader(file: string): () => readonly AuditedRequest[] {
  let read = 0;
  return () => {
    const bytes = readFileSync(file).subarray(read);
    // The last line may not be complete yet.
    const complete = bytes.subarray(0, bytes.lastIndexOf('\n') + 1);
    read += complete.length;
    return complete.toString('utf8').split('\n').flatMap(requestOf);
  };
}

function requestOf(line: string): readonly AuditedRequest[] {
  if (line === '') return [];
  const event = JSON.parse(line) as {
    readonly verb: string;
    readonly user: { readonly username: string };
    readonly objectRef?: Readonly<Record<string, string>>;
    readonly responseStatus?: { readonly code?: number };
  };
  const { objectRef: object } = event;
  if (!isRecord(object)) return [];
  const { apiGroup: group = '', resource = '', subresource, namespace, name } = object;
  return [
    {
      user: event.user.username,
      verb: event.verb,
      group,
      resource: subresource === undefined ? resource : `${resource}/${subresource}`,
      namespace,
      name,
      code: event.responseStatus?.code ?? 0,
    },
  ];
}

/** A right, whose it is, and where the Role is that gives it. */
export interface Granted extends Right {
  readonly user: string;
  readonly role: { readonly kind: string; readonly namespace: string | undefined; readonly name: string };
}

/** Whether the right allows the request, as Kubernetes judges it: the name of an object to be created is not known yet. */
export function allows(right: Granted, request: AuditedRequest): boolean {
  return (
    right.user === request.user &&
    right.verb === request.verb &&
    right.group === request.group &&
    right.resource === request.resource &&
    (right.scope === 'cluster' || right.role.namespace === request.namespace) &&
    (right.name === undefined || (request.verb !== 'create' && right.name === request.name))
  );
}

/** Whether the request needs just this right: no other one of the list allows it. */
export function needs(request: AuditedRequest, right: Granted, rights: readonly Granted[]): boolean {
  return allows(right, request) && !rights.some((other) => other !== right && allows(other, request));
}

/** `patch networks/status`, with the name that it is limited to. */
export function wordsOf({ verb, resource, name, role }: Granted): string {
  return `${verb} ${resource}${name === undefined ? '' : ` ${name}`}${role.kind === 'Role' ? ' (own namespace)' : ''}`;
}

/** What does not fit between the requests of a whole life and the rights, in words; three empty lists are as it should be. */
export function unusedAndMissing(
  requests: readonly AuditedRequest[],
  rights: readonly Granted[],
): { readonly refused: readonly string[]; readonly unused: readonly string[]; readonly missing: readonly string[] } {
  const words = ({ verb, resource, namespace, name, code }: AuditedRequest): string =>
    `${code} ${verb} ${resource} ${namespace ?? '-'} ${name ?? '-'}`;
  return {
    refused: requests.filter(({ code }) => code === 401 || code === 403).map(words),
    unused: rights.filter((right) => !requests.some((one) => needs(one, right, rights))).map(wordsOf),
    // Kubernetes grants everybody a few things; whoever counts on them may find a cluster that does not.
    missing: requests.filter((one) => !rights.some((right) => allows(right, one))).map(words),
  };
}
