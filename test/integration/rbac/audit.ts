import { type AuditedRequest, readAudit } from '../../support/audit.ts';
import type { Right } from '../../unit/helm/rights.ts';

/** Returns a function that returns the resource requests since its last call. */
export function auditReader(file: string): () => readonly AuditedRequest[] {
  let position = 0;
  return () => {
    const { requests, end } = readAudit(file, position);
    position = end;
    return requests.filter(({ resource }) => resource !== '');
  };
}

/** A permission, its subject, and the Role that grants it. */
export interface Granted extends Right {
  readonly user: string;
  readonly role: { readonly kind: string; readonly namespace: string | undefined; readonly name: string };
}

/** Reports whether the permission allows the request, as in Kubernetes: the name of an object to be created is unknown. */
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

/** Reports whether the request is allowed by this permission only. */
export function needs(request: AuditedRequest, right: Granted, rights: readonly Granted[]): boolean {
  return allows(right, request) && !rights.some((other) => other !== right && allows(other, request));
}

/** Returns for example `patch networks/status`, with the name to which it is limited. */
export function describeRight({ verb, resource, name, role }: Granted): string {
  return `${verb} ${resource}${name === undefined ? '' : ` ${name}`}${role.kind === 'Role' ? ' (own namespace)' : ''}`;
}

/** Compares the recorded requests with the permissions; all three lists must be empty. */
export function unusedAndMissing(
  requests: readonly AuditedRequest[],
  rights: readonly Granted[],
): { readonly rejected: readonly string[]; readonly unused: readonly string[]; readonly missing: readonly string[] } {
  const words = ({ verb, resource, namespace, name, code }: AuditedRequest): string =>
    `${code} ${verb} ${resource} ${namespace ?? '-'} ${name ?? '-'}`;
  return {
    rejected: requests.filter(({ code }) => code === 401 || code === 403).map(words),
    unused: rights.filter((right) => !requests.some((one) => needs(one, right, rights))).map(describeRight),
    // Kubernetes grants a few permissions to all users, but not all clusters do.
    missing: requests.filter((one) => !rights.some((right) => allows(right, one))).map(words),
  };
}
