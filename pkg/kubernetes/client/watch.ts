/** Decodes the events of a watch from chunks of its response: one JSON document per line, split at arbitrary bytes. */
import { isRecord, type KubeObject, quoted } from '../../gardener/objects.ts';
import { type ExpectedObject, isExpectedObject } from './accept.ts';
import { ApiError, NetworkError, type RequestTarget } from './errors.ts';
import { parseJson } from './json.ts';
import { isResourceVersion } from './resource.ts';

export interface WatchEvent<T> {
  /** The object of a BOOKMARK contains only kind and resourceVersion. */
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: T;
}

export interface EventsInput {
  readonly chunks: AsyncIterable<Buffer>;
  readonly target: RequestTarget;
  readonly expected: ExpectedObject;
  readonly maxLineBytes: number;
  /**
   * Called for each chunk before its events are yielded; the age of the last chunk indicates whether the watch is
   * alive.
   */
  readonly onBytes?: (() => void) | undefined;
  /** Wall clock in milliseconds, for errors. */
  readonly now: () => number;
}

/**
 * Yields events until the server ends the response. Throws an ApiError for an ERROR event of any code, because no event
 * follows it, and a NetworkError for a line that is not an event of the watched resource, too long, or truncated.
 */
export async function* watchEvents<T extends KubeObject>(input: EventsInput): AsyncGenerator<WatchEvent<T>> {
  for await (const line of lines(input)) {
    const event = parseLine(line, input.target);
    if (event['type'] === 'ERROR') throw toError(event['object'], input);
    if (!isWatchEvent<T>(event, input.expected)) throw unusable(describeProblem(event), input.target);
    yield event;
  }
}

async function* lines(input: EventsInput): AsyncGenerator<Buffer> {
  let rest: Buffer[] = [];
  let size = 0;
  for await (const chunk of input.chunks) {
    input.onBytes?.();
    let from = 0;
    // A newline byte is never part of a multi-byte UTF-8 sequence, so only complete lines are decoded.
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, from)) {
      rest.push(chunk.subarray(from, end));
      const line = Buffer.concat(rest);
      rest = [];
      size = 0;
      from = end + 1;
      if (!isBlank(line)) yield line;
    }
    if (from < chunk.length) rest.push(chunk.subarray(from));
    size += chunk.length - from;
    if (size > input.maxLineBytes)
      throw unusable(`a watch event of more than ${input.maxLineBytes} bytes`, input.target);
  }
  if (size > 0) throw unusable(`the watch ended within an event, after ${size} bytes of it`, input.target);
}

const newline = 0x0a;

function isBlank(line: Buffer): boolean {
  return line.every((byte) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d));
}

function parseLine(line: Buffer, target: RequestTarget): Readonly<Record<string, unknown>> {
  let event: unknown;
  try {
    event = parseJson(line);
  } catch (error) {
    throw unusable('a watch event that is not JSON', target, error);
  }
  if (!isRecord(event)) throw unusable('a watch event that is not an object', target);
  return event;
}

function isWatchEvent<T extends KubeObject>(
  event: Readonly<Record<string, unknown>>,
  expected: ExpectedObject,
): event is WatchEventRecord<T> {
  const { type, object } = event;
  return type === 'BOOKMARK' ? versionOf(object) !== undefined : isObjectEvent(type) && isVersioned(object, expected);
}

/** The object of a BOOKMARK has neither name nor uid. */
function versionOf(object: unknown): string | undefined {
  const metadata = isRecord(object) && isRecord(object['metadata']) ? object['metadata'] : {};
  const { resourceVersion } = metadata;
  return isResourceVersion(resourceVersion) ? resourceVersion : undefined;
}

function isVersioned(object: unknown, expected: ExpectedObject): boolean {
  return isExpectedObject(object, expected) && versionOf(object) !== undefined;
}

/** Quotes nothing of the object, which can be a Secret. */
function describeProblem({ type }: Readonly<Record<string, unknown>>): string {
  if (type === 'BOOKMARK') return 'a bookmark without a resourceVersion';
  if (isObjectEvent(type)) return `a watch event of type ${type} whose object is not of the watched resource`;
  if (typeof type !== 'string') return 'a watch event without a type';
  return `a watch event of type ${quoted(type).slice(1, -1)}, which does not exist`;
}

function isObjectEvent(type: unknown): type is string {
  return typeof type === 'string' && objectEvents.has(type);
}

type WatchEventRecord<T> = Readonly<Record<string, unknown>> & WatchEvent<T>;

const objectEvents: ReadonlySet<string> = new Set(['ADDED', 'MODIFIED', 'DELETED']);

/** An ERROR without a Status ends the watch like any other ERROR. */
function toError(status: unknown, { target, now }: EventsInput): ApiError | NetworkError {
  if (!isRecord(status) || status['kind'] !== 'Status')
    return unusable('a watch event of type ERROR without a Status', target);
  const code = typeof status['code'] === 'number' ? status['code'] : 500;
  return new ApiError({ ...target, code, status, now: now() });
}

function unusable(problem: string, target: RequestTarget, cause?: unknown): NetworkError {
  // A JSON error quotes the invalid text, which can be part of a Secret, so only its type is retained.
  const name = cause instanceof Error ? ` (${cause.name})` : '';
  return new NetworkError({ ...target, reason: 'Unusable', message: `${problem}${name}` });
}
