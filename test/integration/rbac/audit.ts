import { type AuditedRequest, readAudit } from '../../support/audit.ts';
import type { Right } from '../../unit/helm/rights.ts';

/** Requests for objects since the last call. */
export function auditReader(file: string): () => readonly AuditedRequest[] {
  let position = 0;
  return () => {
    const { requests, end } = readAudit(file, position);
    position = end;
    return requests.filter(({ resource }) => resource !== '');
  };
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
