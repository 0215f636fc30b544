import assert from 'node:assert/strict';
import { test } from 'node:test';
import { distil, runCampaign } from './campaign.ts';
import type { CoverageMap, Recorder, Snapshot } from './coverage.ts';
import { createDice } from './dice.ts';
import { minimise } from './minimise.ts';
import { createProgress } from './progress.ts';
import { nameOf } from './store.ts';
import { execute, type FuzzTarget, must, Violation } from './target.ts';
import { withCpuLimit } from './work.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);
const textOf = (input: Uint8Array): string => Buffer.from(input).toString();
const budget = { calls: 5_000, ms: 60_000 };

test('dice of one seed agree, those of another differ, and numbers stay in their range', () => {
  const roll = (seed: number): readonly number[] => {
    const dice = createDice(seed);
    return Array.from({ length: 1_000 }, () => dice.below(100));
  };
  assert.deepEqual(roll(5), roll(5));
  assert.notDeepEqual(roll(5), roll(6));
  assert.ok(roll(5).every((number) => number >= 0 && number < 100));
  assert.ok(new Set(roll(5)).size > 90);
  assert.throws(() => createDice(1).pick([]), RangeError);
});

test('minimising JSON leaves the one member that matters', async () => {
  const input = bytes(
    JSON.stringify({ a: [1, 2, { deep: 'xxbugxx', other: true }], b: { c: 'd' }, e: 'f'.repeat(500) }),
  );
  const holds = async (candidate: Uint8Array): Promise<boolean> => {
    try {
      return JSON.stringify(JSON.parse(textOf(candidate))).includes('bug');
    } catch {
      return false;
    }
  };
  assert.equal(textOf(await minimise({ input, holds, budget })), '"bug"');
});

test('minimising bytes that are no JSON leaves those that matter', async () => {
  const input = Buffer.concat([
    bytes('x'.repeat(300)),
    Buffer.from([0xff]),
    bytes('y'.repeat(300)),
    Buffer.from([0xfe]),
  ]);
  const holds = async (candidate: Uint8Array): Promise<boolean> => candidate.includes(0xff) && candidate.includes(0xfe);
  assert.deepEqual([...(await minimise({ input, holds, budget }))], [0xff, 0xfe]);
});

test('minimising ends with its budget and never returns an input that does not hold', async () => {
  let calls = 0;
  const holds = async (candidate: Uint8Array): Promise<boolean> => {
    calls += 1;
    return candidate.length >= 100;
  };
  const small = await minimise({ input: new Uint8Array(10_000), holds, budget: { calls: 40, ms: 60_000 } });
  assert.equal(calls, 40);
  assert.ok(small.length >= 100 && small.length < 10_000, `${small.length}`);
});

test('a failure is identified by its rule, or by the function that threw', async () => {
  const identity = async (check: FuzzTarget['check']): Promise<string | undefined> =>
    (await execute({ check }, bytes('')))?.identity;
  assert.equal(await identity(() => undefined), undefined);
  assert.equal(await identity(() => must(false, 'rule', () => 'detail')), 'rule');
  const error = new TypeError('x');
  error.stack =
    'TypeError: x\n    at helper (file:///r/test/a.ts:1:1)\n    at async inner (file:///r/pkg/b/c.ts:46:2)\n    at outer (file:///r/pkg/d.ts:1:1)';
  assert.equal(await identity(() => Promise.reject(error)), 'throws TypeError at inner (pkg/b/c.ts)');
});

test('equal inputs have equal names', () => {
  assert.equal(nameOf(bytes('a')), nameOf(bytes('a')));
  assert.notEqual(nameOf(bytes('a')), nameOf(bytes('b')));
});

/** A target whose coverage is the set of letters that ran; `bad` fails. */
function letters(): { readonly target: FuzzTarget; readonly recorder: Recorder; readonly map: CoverageMap } {
  let ran = new Set<string>();
  const seen = new Set<string>();
  const keys = ({ functions }: Snapshot): readonly string[] => functions.map(({ key }) => key);
  return {
    target: {
      name: 'letters',
      seeds: [bytes('a')],
      generate: (dice) => bytes(dice.pick(['a', 'b'])),
      mutate: (input, { dice }) => bytes(textOf(input) + dice.pick(['a', 'b', 'c', 'd', '!'])),
      check: (input) => {
        for (const letter of textOf(input)) ran.add(letter);
        must(!textOf(input).includes('!'), 'exclamation', () => textOf(input));
      },
    },
    recorder: {
      take: () => {
        const functions = [...ran].map((key) => ({ key, size: 1, missed: [] }));
        ran = new Set();
        return { functions, work: 0 };
      },
      stop: () => undefined,
    },
    map: {
      isNew: (snapshot) => keys(snapshot).some((key) => !seen.has(key)),
      gain: (snapshot) => keys(snapshot).filter((key) => !seen.has(key)).length,
      add: (snapshot) => keys(snapshot).forEach((key) => seen.add(key)),
      get covered() {
        return seen.size;
      },
    },
  };
}

test('a campaign keeps inputs that reach something new and reports each failure once, minimised', async () => {
  const { target, ...coverage } = letters();
  const found: string[] = [];
  const result = await runCampaign({
    target,
    corpus: [],
    seed: 3,
    coverage,
    isOver: ({ inputs }) => inputs > 500,
    onProgress: () => undefined,
    onFailure: ({ identity, input }) => found.push(`${identity} ${textOf(input)}`),
  });
  assert.deepEqual(found, ['exclamation !']);
  assert.equal(result.failures, 1);
  const reached = new Set(result.kept.map(textOf).join(''));
  assert.deepEqual([...reached].sort(), ['a', 'b', 'c', 'd']);
  assert.ok(result.corpus <= 6, `${result.corpus}`);
});

test('distilling leaves few small inputs that cover the same', async () => {
  const { target, ...coverage } = letters();
  const inputs = ['abcabcabc', 'ab', 'b', 'abc', 'a!', 'cb'].map(bytes);
  assert.deepEqual((await distil({ target, inputs, coverage })).map(textOf), ['b', 'ab', 'cb']);
});

test('a target that computes for longer than it may is a failure', async () => {
  const { target } = letters();
  const busy = withCpuLimit({
    ...target,
    mostCpuMs: () => 5,
    check: (input) => {
      const end = process.threadCpuUsage().user + (input.length === 0 ? 0 : 10_000);
      while (process.threadCpuUsage().user < end);
    },
  });
  assert.equal(await execute(busy, bytes('')), undefined);
  assert.equal((await execute(busy, bytes('x')))?.identity, 'too much CPU time');
});

test('progress is one line that is rewritten on a terminal, and rare lines elsewhere', () => {
  const state = { inputs: 100, corpus: 7, news: 2, covered: 5, failures: 1 };
  const shown = (isTTY: boolean): string => {
    const written: string[] = [];
    let now = 0;
    const stream = { isTTY, write: (text: string) => written.push(text) } as unknown as NodeJS.WriteStream;
    const progress = createProgress({ stream, target: 'config', now: () => now });
    for (now = 1_000; now <= 10_000; now += 1_000) progress.update(state);
    progress.close(state);
    return written.join('|');
  };
  assert.equal(shown(true).split('\r').length, 12);
  assert.equal(
    shown(false),
    'config: 100 inputs, 100/s, 1 s, 5 bytes covered, corpus 7 (+2), 1 failures\n|config: 100 inputs, 9/s, 11 s, 5 bytes covered, corpus 7 (+2), 1 failures\n',
  );
});

test('details of a violation are cut', () =>
  assert.ok(new Violation('rule', 'x'.repeat(10_000)).message.length < 2_100));
