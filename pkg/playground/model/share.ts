import { deflateSync, Inflate } from 'fflate';
import { isRecord } from '../../gardener/objects.ts';
import { largestText, type Question } from './evaluate.ts';

/** The version of the format, which is the first character of a link. */
const version = '1';

/** Browsers and chats cut longer addresses. */
export const longestLink = 32_000;

/** Returns the part of a link after `#`: the question as JSON, deflated, in base64url. */
export function encodeQuestion({ text, old = '', featureGates = '', values = {} }: Question): string {
  const compact = {
    text,
    ...(old === '' ? {} : { old }),
    ...(featureGates === '' ? {} : { featureGates }),
    ...((values.set ?? []).length === 0 ? {} : { set: values.set }),
  };
  const bytes = deflateSync(new TextEncoder().encode(JSON.stringify(compact)), { level: 9 });
  return version + toBase64Url(bytes);
}

/** Returns the question in a link; undefined if the link is damaged, too large or of another version. */
export function decodeQuestion(hash: string): Question | undefined {
  if (!hash.startsWith(version)) return undefined;
  const bytes = fromBase64Url(hash.slice(1));
  const json = bytes === undefined ? undefined : inflate(bytes);
  if (json === undefined) return undefined;
  try {
    return toQuestion(JSON.parse(json));
  } catch {
    return undefined;
  }
}

function toQuestion(value: unknown): Question | undefined {
  if (!isRecord(value) || typeof value['text'] !== 'string') return undefined;
  const { text, old, featureGates, set } = value;
  const assignments = Array.isArray(set) ? set.filter((one) => typeof one === 'string') : [];
  return {
    text,
    ...(typeof old === 'string' ? { old } : {}),
    ...(typeof featureGates === 'string' ? { featureGates } : {}),
    ...(assignments.length === 0 ? {} : { values: { set: assignments } }),
  };
}

/** Returns undefined for damaged data, and for data that is larger than the limit. */
function inflate(bytes: Uint8Array): string | undefined {
  const parts: Uint8Array[] = [];
  let size = 0;
  let ended = false;
  const stream = new Inflate((part, final) => {
    size += part.length;
    if (size > 2 * largestText) throw new RangeError('too large');
    parts.push(part.slice());
    ended = final;
  });
  try {
    // In parts, so that the limit is checked before a small input has become a large output.
    for (let at = 0; at < bytes.length; at += 1024)
      stream.push(bytes.subarray(at, at + 1024), at + 1024 >= bytes.length);
    if (!ended) return undefined;
    const joined = new Uint8Array(size);
    let offset = 0;
    for (const part of parts) {
      joined.set(part, offset);
      offset += part.length;
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(joined);
  } catch {
    return undefined;
  }
}

function toBase64Url(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function fromBase64Url(text: string): Uint8Array | undefined {
  if (!/^[\w-]*$/.test(text)) return undefined;
  try {
    return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));
  } catch {
    return undefined;
  }
}
