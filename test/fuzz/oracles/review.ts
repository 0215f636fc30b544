import { isDeepStrictEqual } from 'node:util';
import { applyPatch, type Operation } from 'rfc6902';
import { isRecord } from '../../../pkg/gardener/objects.ts';
import { must, Violation } from '../engine/target.ts';
import { assertText } from './findings.ts';
import { nesting } from './readers.ts';

type Plain = Readonly<Record<string, unknown>>;

/** What a webhook server sent. */
export interface ReviewReply {
  readonly status: number;
  readonly json?: string | undefined;
  readonly text?: string | undefined;
}

export interface ReviewInput {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly reply: ReviewReply;
}

/** What clients get is at most this large; the response of the shoot webhook may hold a changed copy of what was sent. */
const largest = { fixed: 256 * 1024, factor: 3 } as const;

/**
 * Fails for a reply that is neither an AdmissionReview with the uid of the request nor a refusal of bytes that hold no AdmissionReview, for
 * texts that are long or unsafe, and for a patch that does not apply or changes more than the webhook of the path may. Returns the request and
 * the patched object, where there is one.
 */
export function assertReply({ path, bytes, reply }: ReviewInput): Answered | undefined {
  const size = (reply.json ?? reply.text ?? '').length;
  const limit = largest.fixed + (path === '/shoot' ? largest.factor * bytes.length : 0);
  must(size <= limit, 'large response', () => `${size} bytes for ${bytes.length} at ${path}`);
  const review = readReview(bytes);
  if (reply.status !== 200) return assertRefusal(reply, review);
  must(review !== undefined, 'answer to bytes that are no AdmissionReview', () => String(reply.json));
  const answer = parse(reply.json ?? '');
  must(isRecord(answer) && isRecord(answer['response']), 'response that is no AdmissionReview', () =>
    String(reply.json),
  );
  must(
    answer['kind'] === 'AdmissionReview' && answer['apiVersion'] === review['apiVersion'],
    'response of another kind or version',
    () => String(reply.json),
  );
  const { response } = answer;
  const request = review['request'] as Plain;
  must(response['uid'] === request['uid'], 'response to another request', () => JSON.stringify(response['uid']));
  must(typeof response['allowed'] === 'boolean', 'response without a verdict', () => String(reply.json));
  assertWarnings(response['warnings']);
  if (!response['allowed']) {
    assertStatus(response);
    return { request, allowed: false, patched: request['object'], isPatched: false };
  }
  return assertPatch(path, { request, response });
}

export interface Answered {
  readonly request: Plain;
  readonly allowed: boolean;
  /** The object of the request, with the patch. */
  readonly patched: unknown;
  readonly isPatched: boolean;
}

function assertRefusal(reply: ReviewReply, review: Plain | undefined): undefined {
  must(reply.status === 400, 'undocumented HTTP status', () => `${reply.status} ${String(reply.text)}`);
  must(reply.json === undefined && typeof reply.text === 'string', 'refusal that is no text', () => String(reply.json));
  assertText('refusal', reply.text, 200);
  must(review === undefined, 'an AdmissionReview is refused as unreadable', () => String(reply.text));
  return undefined;
}

/** An AdmissionReview of a known version whose request has a printable uid, in UTF-8 and at most 200 levels deep; undefined for everything else. */
function readReview(bytes: Uint8Array): Plain | undefined {
  const review = parse(utf8(bytes));
  if (!isRecord(review) || review['kind'] !== 'AdmissionReview') return undefined;
  const known = review['apiVersion'] === 'admission.k8s.io/v1' || review['apiVersion'] === 'admission.k8s.io/v1beta1';
  const { request } = review;
  const uid = isRecord(request) ? request['uid'] : undefined;
  const hasUid = typeof uid === 'string' && /^[\x21-\x7e]{1,256}$/.test(uid);
  return known && hasUid && nesting(bytes) <= 200 ? review : undefined;
}

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function parse(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}

function assertWarnings(warnings: unknown): void {
  if (warnings === undefined) return;
  must(Array.isArray(warnings) && warnings.length <= 20, 'too many warnings', () => JSON.stringify(warnings));
  for (const warning of warnings as readonly unknown[]) {
    must(typeof warning === 'string', 'warning that is no text', () => JSON.stringify(warning));
    assertText('warning', warning, 240);
  }
}

function assertStatus({ status, patch }: Plain): void {
  must(patch === undefined, 'denial with a patch', () => JSON.stringify(patch));
  must(isRecord(status), 'denial without a Status', () => JSON.stringify(status));
  const { code, message, details } = status;
  must(code === 400 || code === 403, 'denial with an undocumented code', () => JSON.stringify(status));
  must(typeof message === 'string' && message !== '', 'denial without a message', () => JSON.stringify(status));
  assertText('message of a denial', message, 100_000);
  const causes = isRecord(details) && Array.isArray(details['causes']) ? (details['causes'] as readonly unknown[]) : [];
  must(causes.length <= 51, 'too many causes', () => String(causes.length));
  for (const cause of causes.filter(isRecord))
    for (const [name, text] of Object.entries(cause)) assertText(`${name} of a cause`, String(text), 4_000);
}

function assertPatch(
  path: string,
  { request, response }: { readonly request: Plain; readonly response: Plain },
): Answered {
  const { patch, patchType } = response;
  const object = request['object'];
  if (patch === undefined) return { request, allowed: true, patched: object, isPatched: false };
  must(patchType === 'JSONPatch' && typeof patch === 'string', 'patch of an unknown type', () =>
    JSON.stringify(patchType),
  );
  const operations = parse(Buffer.from(patch, 'base64').toString('utf8'));
  must(Array.isArray(operations) && operations.length > 0, 'patch that is no list', () => JSON.stringify(operations));
  const patched = structuredClone(object);
  const problems = applyPatch(patched, operations as Operation[]).filter((problem) => problem !== null);
  must(
    problems.length === 0,
    'patch that does not apply',
    () => `${String(problems[0])} ${JSON.stringify(operations)}`,
  );
  const mask = masks[path];
  if (mask === undefined) throw new Violation('patch of a webhook that changes nothing', JSON.stringify(operations));
  must(isDeepStrictEqual(mask(object), mask(patched)), 'patch changes more than its webhook may', () =>
    JSON.stringify(operations),
  );
  return { request, allowed: true, patched, isPatched: true };
}

/** For each webhook that may patch: the object without what it may change. */
const masks: Readonly<Record<string, (object: unknown) => unknown>> = {
  '/webhooks/mutate': (object) => without(object, ['spec', 'kubernetes', 'kubeProxy', 'enabled'], true),
  '/shoot': (object) => {
    if (isRecord(object) && object['kind'] === 'ConfigMap') return without(object, ['data', 'Corefile'], true);
    const hostNetwork = without(object, ['spec', 'template', 'spec', 'hostNetwork'], false);
    const containers = eachOf(hostNetwork, 'containers', (one) =>
      one['name'] === 'node-cache'
        ? without(without(one, ['args'], false), ['livenessProbe', 'httpGet', 'host'], false)
        : one,
    );
    return eachOf(containers, 'initContainers', (one) =>
      one['name'] === 'coredns-config-adapter' ? without(one, ['args'], false) : one,
    );
  },
};

/**
 * A copy without the member at the end of a path; with `created`, without the members on the way that hold nothing else: the webhook makes
 * them where they are missing or, in an object that no API server stores, no objects.
 */
function without(value: unknown, [key, ...rest]: readonly string[], created: boolean): unknown {
  if (key === undefined || !isRecord(value)) return created ? undefined : value;
  const { [key]: member, ...others } = value;
  if (rest.length === 0) return withoutEmpty(others, created);
  const inner = without(member ?? (created ? {} : undefined), rest, created);
  return withoutEmpty(inner === undefined ? others : { ...others, [key]: inner }, created);
}

function withoutEmpty(value: Plain, created: boolean): Plain | undefined {
  return created && Object.keys(value).length === 0 ? undefined : value;
}

function eachOf(object: unknown, list: string, change: (container: Plain) => unknown): unknown {
  if (!isRecord(object)) return object;
  const pod = ['spec', 'template', 'spec'].reduce<unknown>((at, key) => (isRecord(at) ? at[key] : undefined), object);
  const containers = isRecord(pod) ? pod[list] : undefined;
  if (!isRecord(pod) || !Array.isArray(containers)) return object;
  const changed = containers.map((one: unknown) => (isRecord(one) ? change(one) : one));
  const spec = object['spec'] as Plain;
  const template = spec['template'] as Plain;
  return { ...object, spec: { ...spec, template: { ...template, spec: { ...pod, [list]: changed } } } };
}
