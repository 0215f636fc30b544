import type { AuditedRequest } from '../../support/audit.ts';
import { allows, type Granted } from './audit.ts';

/** Reports whether a request was rejected because of the missing permission. */
export function isMissed(request: AuditedRequest, right: Granted): boolean {
  return request.code === 403 && allows(right, request);
}

export interface Report {
  /** JSON of the lastError of the Network. */
  readonly status: string;
  /** The output of the process. */
  readonly output: string;
}

/** Returns where the missing permission is reported, with the message of the API server; undefined if it is not. */
export function findMessage({ verb, resource, name }: Granted, { status, output }: Report): string | undefined {
  const words = `cannot ${verb} resource "${resource}"`;
  const isIt = (text: string): boolean => text.includes(words) && (name === undefined || text.includes(`"${name}"`));
  const plain = (text: string): string => text.replaceAll('\\"', '"');
  if (isIt(plain(status))) return `in lastError: ${words}`;
  return plain(output).split('\n').some(isIt) ? `in the log: ${words}` : undefined;
}
