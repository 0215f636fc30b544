import type { AuditedRequest } from '../../support/audit.ts';
import { allows, type Granted } from './audit.ts';

/** Whether this request was refused for want of the right. */
export function isMissed(request: AuditedRequest, right: Granted): boolean {
  return request.code === 403 && allows(right, request);
}

export interface Told {
  /** JSON of the lastError of the Network. */
  readonly status: string;
  /** What the process wrote. */
  readonly output: string;
}

/** Where a person finds that the right is missing, with the words of the API server; undefined while nobody is told. */
export function messageOf({ verb, resource, name }: Granted, { status, output }: Told): string | undefined {
  const words = `cannot ${verb} resource "${resource}"`;
  const isIt = (text: string): boolean => text.includes(words) && (name === undefined || text.includes(`"${name}"`));
  const plain = (text: string): string => text.replaceAll('\\"', '"');
  if (isIt(plain(status))) return `lastError says: ${words}`;
  return plain(output).split('\n').some(isIt) ? `the log says: ${words}` : undefined;
}
