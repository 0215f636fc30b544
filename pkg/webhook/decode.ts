import { isRecord, type KubeObject, recordOf } from '../gardener/objects.ts';
import type { ReviewRequest } from './review.ts';

/** Both versions have the same fields; the response has the version of the request. */
export type ReviewVersion = 'admission.k8s.io/v1' | 'admission.k8s.io/v1beta1';

/**
 * `invalid`: a review whose request no handler can process; the response is a review. `unreadable`: not a review; the response has HTTP
 * status 400 and the message as its body.
 */
export type DecodedReview =
  | { readonly outcome: 'review'; readonly version: ReviewVersion; readonly request: ReviewRequest }
  | { readonly outcome: 'invalid'; readonly version: ReviewVersion; readonly uid: string; readonly message: string }
  | { readonly outcome: 'unreadable'; readonly message: string };

/** Deeper than any Kubernetes object, and safe for recursive functions. */
const maxDepth = 200;

/** More than any real object has: parsed, a value of three bytes takes more than 60 bytes of memory. */
const maxValues = 200_000;

/**
 * Decodes an AdmissionReview (docs/design/gardener.md#shoot-admission). Depth, number of values and encoding are checked on the bytes before parsing. Never
 * throws, and no message repeats received data.
 */
export function decodeReview(body: Uint8Array): DecodedReview {
  const problem = shapeProblem(body);
  if (problem !== undefined) return unreadable(problem);
  const text = decodeText(body);
  if (text === undefined) return unreadable('the body is not valid UTF-8');
  const parsed = parse(text);
  if (parsed === undefined) return unreadable('the body is not JSON');
  return decodeParsed(parsed.value);
}

function decodeParsed(review: unknown): DecodedReview {
  if (!isRecord(review) || review['kind'] !== 'AdmissionReview')
    return unreadable('the body is not an AdmissionReview');
  const version = versions.find((one) => one === review['apiVersion']);
  if (version === undefined) return unreadable(`apiVersion must be one of ${versions.join(', ')}`);
  const request = review['request'];
  if (!isRecord(request)) return unreadable('the AdmissionReview has no request');
  const uid = request['uid'];
  if (typeof uid !== 'string' || !/^[\x21-\x7e]{1,256}$/.test(uid)) return unreadable('request.uid is missing');
  const decoded = decodeRequest(request, uid);
  if ('problem' in decoded) return { outcome: 'invalid', version, uid, message: decoded.problem };
  return { outcome: 'review', version, request: decoded.request };
}

const versions: readonly ReviewVersion[] = ['admission.k8s.io/v1', 'admission.k8s.io/v1beta1'];
const operations: readonly ReviewRequest['operation'][] = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'];

type Plain = Readonly<Record<string, unknown>>;
type Decoded = { readonly request: ReviewRequest } | { readonly problem: string };

function decodeRequest(raw: Plain, uid: string): Decoded {
  const operation = operations.find((one) => one === raw['operation']);
  if (operation === undefined) return { problem: `request.operation must be one of ${operations.join(', ')}` };
  const { namespace = '', name = '', subResource = '', dryRun = false } = raw;
  if (typeof namespace !== 'string' || typeof name !== 'string' || typeof subResource !== 'string')
    return { problem: 'request.namespace, request.name and request.subResource must be strings' };
  if (typeof dryRun !== 'boolean') return { problem: 'request.dryRun must be true or false' };
  const problem =
    objectProblem(raw['object'], 'request.object') ?? objectProblem(raw['oldObject'], 'request.oldObject');
  if (problem !== undefined) return { problem };
  const [object, oldObject] = [readObject(raw['object']), readObject(raw['oldObject'])];
  const sub = subResource === '' ? {} : { subResource };
  return { request: { uid, operation, dryRun, namespace, name, ...sub, object, oldObject } };
}

/** Checks the types of the fields that all objects have; handlers rely on them and validate everything else themselves. */
function objectProblem(value: unknown, path: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isRecord(value)) return `${path} must be an object`;
  const { apiVersion, kind, metadata = {} } = value;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return `${path} must have apiVersion and kind`;
  if (!isRecord(metadata)) return `${path}.metadata must be an object`;
  const wrong = Object.keys(metadata).find(
    (key) => Object.hasOwn(fields, key) && fields[key]?.(metadata[key]) === false,
  );
  return wrong === undefined ? undefined : `${path}.metadata.${wrong} has the wrong type`;
}

const fields: Readonly<Record<string, (value: unknown) => boolean>> = {
  name: isText,
  namespace: isText,
  uid: isText,
  resourceVersion: isText,
  creationTimestamp: (value) => value === null || isText(value),
  deletionTimestamp: (value) => value === null || isText(value),
  labels: isTextMap,
  annotations: isTextMap,
  finalizers: (value) => value === null || (Array.isArray(value) && value.every(isText)),
};

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isTextMap(value: unknown): boolean {
  return value === null || (isRecord(value) && Object.values(value).every(isText));
}

/** Sets a name that the API server will generate to the empty string, and removes null members of metadata, which are absent in Go. */
function readObject(value: unknown): KubeObject | null {
  if (!isRecord(value)) return null;
  const metadata = recordOf(value['metadata']);
  const given = Object.entries(metadata).filter(([key, one]) => one !== null || !Object.hasOwn(fields, key));
  return { ...value, metadata: { name: '', ...Object.fromEntries(given) } } as unknown as KubeObject;
}

/** Counts brackets and commas outside of strings, which is correct for valid JSON and harmless for any other text. */
function shapeProblem(bytes: Uint8Array): string | undefined {
  let depth = 0;
  let values = 1;
  let inString = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (inString) {
      if (byte === backslash) at += 1;
      else if (byte === quote) inString = false;
      continue;
    }
    if (byte === quote) inString = true;
    else if (byte === closeBrace || byte === closeBracket) depth -= 1;
    else if (byte === openBrace || byte === openBracket) {
      depth += 1;
      values += 1;
      if (depth > maxDepth) return `the body is nested more than ${maxDepth} levels deep`;
    } else if (byte === comma) values += 1;
    if (values > maxValues) return `the body has more than ${maxValues} values`;
  }
  return undefined;
}

const [quote, backslash, comma] = [0x22, 0x5c, 0x2c];
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d];

function decodeText(body: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    return undefined;
  }
}

/** JSON.parse treats `__proto__` as a plain member, and no code here copies members by assignment. */
function parse(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

function unreadable(message: string): DecodedReview {
  return { outcome: 'unreadable', message };
}
