import { isRecord, type KubeObject } from '../../../pkg/gardener/objects.ts';
import { createClient } from '../../../pkg/kubernetes/client/client.ts';
import { createReflector } from '../../../pkg/kubernetes/reflector/reflector.ts';
import { createFakeClock, createMemoryLogger, type FakeClock, settle } from '../../doubles/fakeclock.ts';
import type { Dice } from '../engine/dice.ts';
import { type FuzzTarget, type MutationContext, must } from '../engine/target.ts';
import { mutateBytes } from '../mutate/bytes.ts';
import { mutateJson } from '../mutate/json.ts';
import { assertRate, assertReadable, type Believed } from '../oracles/mirror.ts';
import { createWatchServer, type Script, type WatchServer } from './watch-server.ts';

/**
 * What an API server, or whoever stands between, may send on lists and watches, through the client's decoder and the reflector. An input is a
 * story: a JSON list of steps. Bodies are texts of which each character is a byte.
 */
export const watchTarget: FuzzTarget = {
  name: 'watch',
  seeds: [],
  generate: (dice) => Buffer.from(JSON.stringify(Array.from({ length: 1 + dice.below(10) }, () => randomStep(dice)))),
  mutate: mutateStory,
  check: checkWatch,
};

/** More than any pause of a reflector: two back-offs, the patience with a position that is still to come, a silent watch and its end. */
const healingMinutes = 15;
const mostRequestsPerMinute = 100;
const mostSteps = 60;

async function checkWatch(bytes: Uint8Array): Promise<void> {
  const steps = readStory(bytes);
  if (steps === undefined) return;
  const escaped: unknown[] = [];
  const onEscape = (error: unknown): void => void escaped.push(error);
  process.on('unhandledRejection', onEscape);
  try {
    await tell(steps);
  } finally {
    await settle(1);
    process.off('unhandledRejection', onEscape);
  }
  must(escaped.length === 0, 'unhandled rejection', () => String(escaped[0]));
}

interface Step {
  readonly [name: string]: unknown;
}

function readStory(bytes: Uint8Array): readonly Step[] | undefined {
  try {
    const story: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    return Array.isArray(story) ? story.filter(isRecord).slice(0, mostSteps) : undefined;
  } catch {
    return undefined;
  }
}

interface World {
  readonly server: WatchServer;
  readonly clock: FakeClock;
}

async function tell(steps: readonly Step[]): Promise<void> {
  const clock = createFakeClock();
  const server = createWatchServer({ clock, mostPerMinute: mostRequestsPerMinute + 1 });
  const world: World = { server, clock };
  const client = createClient({ transport: server.transport, clock, random: () => 0.5, maxResponseBytes: 4 * 1024 });
  const believed: Believed[] = [];
  const told = new Map<string, unknown>();
  const reflector = createReflector<KubeObject['metadata']>({
    client,
    resource: { group: '', version: 'v1', plural: 'things', namespaced: true },
    project: ({ metadata }) => metadata,
    onEvent: ({ type, key, object, source }) => {
      if (type !== 'deleted' || source === 'watch')
        believed.push({ key, resourceVersion: object.resourceVersion, source });
      if (type === 'deleted') told.delete(key);
      else told.set(key, object.resourceVersion);
    },
    onError: () => undefined,
    clock,
    random: () => 0.5,
    logger: createMemoryLogger(),
  });
  const controller = new AbortController();
  const done = reflector.run(controller.signal);
  try {
    server.put('a');
    for (const step of steps) await act(step, world);
    server.heal();
    for (let minute = 0; minute < healingMinutes; minute += 1) await clock.advance(60_000);
    assertRate(server.requests, mostRequestsPerMinute);
    assertReadable(believed, server);
    assertAwake(world);
    assertMirror(server, {
      stored: [...reflector.entries()].map(([key, { resourceVersion }]) => [key, resourceVersion]),
      told,
    });
    server.put('late');
    await clock.advance(10_000);
    must(reflector.get('n/late') !== undefined, 'deaf after recovery', () => `${server.openWatches} watches`);
  } finally {
    controller.abort();
    await done;
  }
  must(clock.timers === 0, 'timers left behind', () => String(clock.timers));
}

/** Without a watch, the client is either asleep, or asks again and again for what it does not get. */
function assertAwake({ server, clock }: World): void {
  if (server.openWatches === 1) return;
  const last = server.requests.at(-1);
  const quietMs = clock.monotonic() - (last?.at ?? 0);
  must(quietMs < 300_000, 'asleep after recovery', () => `no request for ${quietMs} ms`);
  must(false, 'no watch after recovery', () => `${server.openWatches} watches, the last request was a ${last?.kind}`);
}

interface Mirror {
  readonly stored: readonly (readonly [string, unknown])[];
  readonly told: ReadonlyMap<string, unknown>;
}

function assertMirror({ objects }: WatchServer, { stored, told }: Mirror): void {
  const sorted = (entries: Iterable<readonly [string, unknown]>): string =>
    JSON.stringify([...entries].sort(([one], [other]) => (one < other ? -1 : 1)));
  const truth = sorted([...objects].map(([key, { metadata }]) => [key, metadata.resourceVersion] as const));
  must(
    sorted(stored) === truth,
    'store differs from the API server after recovery',
    () => `${sorted(stored)} in place of ${truth}`,
  );
  must(
    sorted(told) === truth,
    'events differ from the API server after recovery',
    () => `${sorted(told)} in place of ${truth}`,
  );
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

function isName(value: unknown): value is string {
  return typeof value === 'string' && /^[a-z]{1,10}$/.test(value);
}

function whole(value: unknown, most: number): number {
  return typeof value === 'number' && value >= 0 ? Math.min(Math.floor(value), most) : 0;
}

async function act(step: Step, { server, clock }: World): Promise<void> {
  const { put, remove, compact, advance, watch, list } = step;
  // The truth is what an API server can store.
  if (isName(put)) server.put(put);
  if (isName(remove)) server.remove(remove);
  if (compact !== undefined) server.compact();
  for (const [kind, body] of [
    ['watch', text(watch)],
    ['list', text(list)],
  ] as const) {
    if (body === undefined) continue;
    const script = scriptOf(step, body);
    for (let times = Math.max(1, whole(step['times'], 300)); times > 0; times -= 1) server.script(kind, script);
  }
  await (advance === undefined ? settle(2) : clock.advance(whole(advance, 600_000)));
}

function scriptOf(step: Step, body: string): Script {
  const end = (['close', 'reset', 'hang'] as const).find((one) => one === step['end']) ?? 'close';
  const status = whole(step['status'], 599);
  const retryAfter = text(step['retryAfter']);
  return {
    status: status < 200 ? 200 : status,
    headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter },
    body: Buffer.from(body, 'latin1'),
    chunk: whole(step['chunk'], 10_000),
    end,
  };
}

const names = ['a', 'b', 'c'] as const;
const versions = ['{rv}', '{rv+1}', '{rv+1000}', '1', '0', '-1', '01', 'x', '', '18446744073709551616'] as const;

function randomStep(dice: Dice): Step {
  switch (dice.below(8)) {
    case 0:
    case 1:
      return { put: dice.pick(names) };
    case 2:
      return { remove: dice.pick(names) };
    case 3:
      return { advance: dice.pick([1, 500, 5_000, 61_000, 200_000]) };
    case 4:
      return { list: listBody(dice), ...options(dice) };
    case 5:
      return dice.chance(0.3) ? { compact: true } : { advance: 1_000 };
    default:
      return { watch: Array.from({ length: dice.below(4) }, () => line(dice)).join(''), ...options(dice) };
  }
}

function options(dice: Dice): Step {
  return {
    ...(dice.chance(0.4) ? { end: dice.pick(['close', 'reset', 'hang']) } : {}),
    ...(dice.chance(0.2) ? { status: dice.pick([200, 400, 401, 410, 429, 500, 503, 504]) } : {}),
    ...(dice.chance(0.1)
      ? { retryAfter: dice.pick(['0', '1', '30', '999999999', 'Fri, 01 Jan 2027 00:00:00 GMT', 'x']) }
      : {}),
    ...(dice.chance(0.2) ? { chunk: dice.pick([1, 7, 100]) } : {}),
    ...(dice.chance(0.3) ? { times: dice.pick([2, 5, 120]) } : {}),
  };
}

const ends = ['\n', '\n', '\n', '\n', '', '\r\n', '\n\n'] as const;

function line(dice: Dice): string {
  switch (dice.below(8)) {
    case 0:
      return `${dice.pick(['null', '[]', '1', '""', '{}', '<html>502</html>', '{"type":"ADDED"', '\u00ff\u00fe'])}${dice.pick(ends)}`;
    case 1:
      return `${JSON.stringify({ type: 'BOOKMARK', object: { kind: 'Thing', metadata: { resourceVersion: dice.pick(versions) } } })}${dice.pick(ends)}`;
    case 2:
      return `${JSON.stringify({ type: 'ERROR', object: status(dice) })}${dice.pick(ends)}`;
    case 3:
      return `{"type":"ADDED","object":{"metadata":{"name":"${'x'.repeat(dice.pick([10, 5_000]))}"}}}\n`;
    default: {
      const type = dice.pick(['ADDED', 'MODIFIED', 'DELETED', 'ADDED', 'GONE', '']);
      return `${JSON.stringify({ type, object: object(dice) })}${dice.pick(ends)}`;
    }
  }
}

function object(dice: Dice): unknown {
  const name = dice.chance(0.9) ? dice.pick(names) : dice.pick([null, 1, '', {}, '\u00ff']);
  const metadata = { namespace: 'n', name, uid: dice.pick(['uid-1', 'u']), resourceVersion: dice.pick(versions) };
  return dice.chance(0.9)
    ? { apiVersion: 'v1', kind: 'Thing', metadata }
    : dice.pick([null, {}, { metadata: null }, { metadata: {} }]);
}

function status(dice: Dice): object {
  const code = dice.pick([410, 500, 504, 429, 0]);
  const details = dice.pick([
    undefined,
    { retryAfterSeconds: 1e9 },
    { causes: [{ reason: 'ResourceVersionTooLarge' }] },
    { causes: 1 },
  ]);
  return {
    kind: 'Status',
    status: 'Failure',
    code,
    reason: dice.pick(['Expired', 'Timeout', '']),
    message: 'x',
    details,
  };
}

function listBody(dice: Dice): string {
  if (dice.chance(0.2)) return dice.pick(['', 'null', '[]', '<html>', '{"items":[],"metadata":{}}', '\u00ff']);
  const items = Array.from({ length: dice.below(3) }, () => object(dice));
  const metadata = { resourceVersion: dice.pick(versions), ...(dice.chance(0.2) ? { continue: 'more' } : {}) };
  return JSON.stringify({ kind: 'List', metadata, items: dice.chance(0.1) ? null : items });
}

const keys = 'put remove compact advance watch list end status retryAfter chunk times'.split(' ');

function mutateStory(input: Uint8Array, context: MutationContext): Uint8Array {
  const { dice } = context;
  const story = readStory(input);
  if (story === undefined || dice.chance(0.3))
    return mutateJson(input, context, { keys, valueFor: stepValue, maxBytes: 32 * 1024, raw: 0 });
  const steps = [...story];
  const at = dice.below(steps.length);
  const kind = dice.chance(0.7) ? 'watch' : 'list';
  const body = text(steps[at]?.[kind]);
  if (body !== undefined && dice.chance(0.7)) steps[at] = { ...steps[at], [kind]: mutatedBody(body, context) };
  else if (dice.chance(0.5)) steps.splice(at, 0, randomStep(dice));
  else steps.splice(at, 1);
  return Buffer.from(JSON.stringify(steps.slice(0, mostSteps)));
}

/** Bytes of a body, or the JSON of one of its lines. */
function mutatedBody(body: string, context: MutationContext): string {
  const { dice } = context;
  const other = Buffer.from(line(dice), 'latin1');
  if (dice.chance(0.4))
    return Buffer.from(mutateBytes(Buffer.from(body, 'latin1'), { dice, other })).toString('latin1');
  const lines = body.split('\n');
  const at = dice.below(lines.length);
  const options = { keys: eventKeys, maxBytes: 16 * 1024, raw: 0.1 };
  const changed = mutateJson(Buffer.from(lines[at] ?? '', 'latin1'), { dice, other }, options);
  return lines.with(at, Buffer.from(changed).toString('latin1')).join('\n');
}

const eventKeys =
  'type object metadata name namespace uid resourceVersion items continue code details retryAfterSeconds causes reason kind apiVersion'.split(
    ' ',
  );

function stepValue(key: string, dice: Dice): string | undefined {
  if (key === 'watch') return JSON.stringify(line(dice));
  if (key === 'list') return JSON.stringify(listBody(dice));
  const { [key]: value } = { ...randomStep(dice), ...options(dice) };
  return value === undefined ? undefined : JSON.stringify(value);
}
