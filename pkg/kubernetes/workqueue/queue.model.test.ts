/** Model test: no key runs concurrently with itself, and no add is lost, in any sequence of operations. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { createFakeClock, type FakeClock, settle } from '../../../test/doubles/fakeclock.ts';
import { createQueue, type RunResult, TerminalError, type WorkQueue } from './queue.ts';

const concurrency = 3;

interface Real {
  readonly queue: WorkQueue;
  readonly clock: FakeClock;
  /** Running keys in the order of their start. */
  readonly open: { readonly key: string; readonly end: (how: Ending) => void }[];
}

/** The expected state of the queue. */
interface Model {
  paused: boolean;
  /** Monotonic time by key at which a run must start at the latest, given free slots. Deleted when it starts. */
  readonly due: Map<string, number>;
  readonly running: Set<string>;
}

type Ending = 'success' | 'error' | 'terminal' | { readonly requeueAfter: number };

abstract class Step implements fc.AsyncCommand<Model, Real> {
  check(): boolean {
    return true;
  }
  abstract act(model: Model, real: Real): void | Promise<void>;
  async run(model: Model, real: Real): Promise<void> {
    await this.act(model, real);
    await settle(4);
    verify(model, real);
  }
}

class Add extends Step {
  readonly key: string;
  readonly priority: number;
  readonly after: number;
  constructor(key: string, priority: number, after: number) {
    super();
    this.key = key;
    this.priority = priority;
    this.after = after;
  }
  override act(model: Model, { queue, clock }: Real): void {
    const at = clock.monotonic() + this.after;
    model.due.set(this.key, Math.min(model.due.get(this.key) ?? Number.POSITIVE_INFINITY, at));
    queue.add(this.key, { priority: this.priority, after: this.after });
  }
  override toString(): string {
    return `add ${this.key} ${this.priority} ${this.after}`;
  }
}

class End extends Step {
  readonly index: number;
  readonly how: Ending;
  constructor(index: number, how: Ending) {
    super();
    this.index = index;
    this.how = how;
  }
  override act(model: Model, { open, clock }: Real): void {
    const [run] = open.splice(this.index % Math.max(1, open.length), 1);
    if (run === undefined) return;
    model.running.delete(run.key);
    // The longest back-off is 2 min plus jitter; adds during the run remain due.
    const later = this.how === 'error' ? 144_000 : typeof this.how === 'object' ? this.how.requeueAfter : undefined;
    if (later !== undefined) {
      const at = clock.monotonic() + later;
      model.due.set(run.key, Math.min(model.due.get(run.key) ?? Number.POSITIVE_INFINITY, at));
    }
    run.end(this.how);
  }
  override toString(): string {
    return `end ${this.index} ${JSON.stringify(this.how)}`;
  }
}

class Wait extends Step {
  readonly ms: number;
  constructor(ms: number) {
    super();
    this.ms = ms;
  }
  override async act(_model: Model, { clock }: Real): Promise<void> {
    await clock.advance(this.ms);
  }
  override toString(): string {
    return `wait ${this.ms}`;
  }
}

class Pause extends Step {
  readonly on: boolean;
  constructor(on: boolean) {
    super();
    this.on = on;
  }
  override act(model: Model, { queue }: Real): void {
    model.paused = this.on;
    if (this.on) queue.pause();
    else queue.resume();
  }
  override toString(): string {
    return this.on ? 'pause' : 'resume';
  }
}

function verify(model: Model, { queue, clock, open }: Real): void {
  const { depth, delayed, running } = queue.stats();
  assert.ok(running.length <= concurrency, `${running.length} runs at once`);
  assert.deepEqual(new Set(running.map(({ key }) => key)), new Set(open.map(({ key }) => key)));
  const ready = [...depth.values()].reduce((sum, count) => sum + count, 0);
  if (!model.paused && running.length < concurrency)
    assert.equal(ready, 0, 'a ready key waits although a slot is free');
  for (const [key, at] of model.due) {
    const waits = at > clock.monotonic() || model.paused || running.length === concurrency || model.running.has(key);
    assert.ok(waits, `${key} was due at ${at}, it is ${clock.monotonic()}, and nothing runs it`);
  }
  const pending = [...model.due.keys()].filter((key) => !model.running.has(key));
  assert.equal(ready + delayed, pending.length, `expected to wait: ${pending.join(' ')}`);
}

const key = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const ending = fc.oneof(
  fc.constantFrom<Ending>('success', 'error', 'terminal'),
  fc.record({ requeueAfter: fc.nat({ max: 5000 }) }),
);
const commands = fc.commands<Model, Real, false>(
  [
    fc
      .tuple(key, fc.constantFrom(-100, 0, 100), fc.oneof(fc.constant(0), fc.nat({ max: 5000 })))
      .map((args) => new Add(...args)),
    fc.tuple(fc.nat({ max: 5 }), ending).map((args) => new End(...args)),
    fc.nat({ max: 150_000 }).map((ms) => new Wait(ms)),
    fc.boolean().map((on) => new Pause(on)),
  ],
  { maxCommands: 60 },
);

test('never runs a key concurrently with itself, loses no add, and bounds every wait', async () => {
  await fc.assert(
    fc.asyncProperty(commands, fc.double({ min: 0, max: 0.999, noNaN: true }), async (story, random) => {
      const { model, real } = create(random);
      await fc.asyncModelRun(() => ({ model, real }), story);

      // Eventually every added key runs; the longest wait is a back-off of 2 min plus jitter.
      await new Pause(false).run(model, real);
      for (let round = 0; model.due.size > 0 || real.open.length > 0; round += 1) {
        assert.ok(round < 100, `still waiting: ${[...model.due.keys()].join(' ')}`);
        await new Wait(150_000).run(model, real);
        while (real.open.length > 0) await new End(0, 'success').run(model, real);
      }
      assert.equal(real.clock.timers, 0);
    }),
    { numRuns: 200 },
  );
});

function create(random: number): { readonly model: Model; readonly real: Real } {
  const clock = createFakeClock();
  const model: Model = { paused: false, due: new Map(), running: new Set() };
  const open: Real['open'] = [];
  const queue = createQueue({
    concurrency,
    clock,
    random: () => random,
    run: (key) => {
      assert.ok(!model.running.has(key), `${key} runs concurrently with itself`);
      model.running.add(key);
      model.due.delete(key);
      const { promise, resolve, reject } = Promise.withResolvers<RunResult | undefined>();
      open.push({
        key,
        end: (how) => {
          if (how === 'error') reject(new Error('failed'));
          else if (how === 'terminal') reject(new TerminalError('refused'));
          else resolve(how === 'success' ? undefined : how);
        },
      });
      return promise;
    },
  });
  return { model, real: { queue, clock, open } };
}
