import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { flows } from '../plans/flows.ts';
import { quietDisturbances, streamFaults, streamRule } from '../plans/streams.ts';
import type { Passage } from '../proxy/faults.ts';
import { type Session, startSession } from '../stage/session.ts';
import type { Stage } from '../stage/stage.ts';
import { beginTrial, type Trial } from './trial.ts';

/** Cost of an idle process under one disturbance. */
export interface QuietRow {
  readonly disturbance: string;
  /** Lists and watches of Networks per second, in the first minute and afterwards. */
  readonly first: number;
  readonly later: number | undefined;
  /** CPU seconds per second. */
  readonly cpu: number;
}

export interface QuietInput {
  readonly stage: Stage;
  /** Number of Networks. */
  readonly count: number;
  readonly ms: number;
  readonly log: (line: string) => void;
}

/** Measures all disturbances concurrently, and an undisturbed process for comparison. */
export async function measureQuiet({ stage, count, ms, log }: QuietInput): Promise<readonly QuietRow[]> {
  const shard = `quiet-${stage.next()}`;
  const worker = await startSession({ stage, types: 'calico', shard, workers: 20 });
  const trials = await createNetworks({ stage, session: worker, count });
  await worker.close();
  log('all Networks are ready');
  const old = await trials[0]?.shoot.get('networks', trials[0].shoot.name);
  if (old === undefined) throw new Error('there is no Network');
  const sessions: (readonly [string, Session])[] = [];
  try {
    for (const disturbance of ['none', ...quietDisturbances])
      sessions.push([disturbance, await startSession({ stage, types: 'calico', shard })]);
    const rows = sessions.map(async ([disturbance, session]) => {
      const kind = streamFaults[disturbance];
      if (kind !== undefined) session.proxy.useRule(streamRule({ kind, old }));
      session.proxy.disconnect();
      return measure({ disturbance, session, ms });
    });
    return await Promise.all(rows);
  } finally {
    await Promise.all(sessions.map(([, session]) => session.close()));
  }
}

async function measure(input: {
  readonly disturbance: string;
  readonly session: Session;
  readonly ms: number;
}): Promise<QuietRow> {
  const { disturbance, session, ms } = input;
  const start = performance.now();
  const cpu = cpuSeconds(session.program().pid);
  await delay(ms);
  const end = performance.now();
  const used = cpuSeconds(session.program().pid) - cpu;
  const minute = Math.min(end, start + 60_000);
  const { passages } = session.proxy;
  return {
    disturbance,
    first: rate(passages, start, minute),
    later: minute < end ? rate(passages, minute, end) : undefined,
    cpu: used / ((end - start) / 1_000),
  };
}

function rate(passages: readonly Passage[], from: number, to: number): number {
  const counted = passages.filter(
    ({ request, at }) =>
      at >= from && at < to && request.resource === 'networks' && (request.verb === 'list' || request.verb === 'watch'),
  );
  return counted.length / ((to - from) / 1_000);
}

async function createNetworks({
  stage,
  session,
  count,
}: {
  readonly stage: Stage;
  readonly session: Session;
  readonly count: number;
}): Promise<readonly Trial[]> {
  const flow = flows.find(({ name }) => name === 'create');
  if (flow === undefined) throw new Error('there is no flow that creates a Network');
  const reference = { flow, targets: [], events: [], end: {}, writes: {}, ms: 0 };
  const trials: Trial[] = [];
  const numbers = Array.from({ length: count }, (_, index) => index).values();
  const worker = async (): Promise<void> => {
    for (const _ of numbers) {
      const trial = await beginTrial({ stage, session, reference });
      await trial.act();
      const reached = await trial.reach(120_000);
      if (reached.ms === undefined) throw new Error(`a Network is not ready: ${reached.missing.join('; ')}`);
      trials.push(trial);
    }
  };
  await Promise.all(Array.from({ length: 20 }, worker));
  return trials;
}

/** User and system time of a process in seconds. Linux only. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
