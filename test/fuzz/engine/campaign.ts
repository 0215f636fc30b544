import type { CoverageMap, Recorder } from './coverage.ts';
import { createDice, type Dice } from './dice.ts';
import { minimise } from './minimise.ts';
import { execute, type Failure, type FuzzTarget } from './target.ts';

export interface Found extends Failure {
  /** Minimised. */
  readonly input: Uint8Array;
}

export interface CampaignState {
  readonly inputs: number;
  readonly corpus: number;
  /** Inputs of this campaign that reached something new. */
  readonly news: number;
  /** Bytes of source that were executed so far. */
  readonly covered: number;
  readonly failures: number;
}

export interface CampaignInput {
  readonly target: FuzzTarget;
  readonly corpus: readonly Uint8Array[];
  readonly seed: number;
  readonly coverage: { readonly recorder: Recorder; readonly map: CoverageMap };
  /** Asked after each batch. */
  readonly isOver: (state: CampaignState) => boolean;
  readonly onProgress: (state: CampaignState) => void;
  /** Each way to fail once. */
  readonly onFailure: (found: Found) => void;
}

export interface CampaignResult extends CampaignState {
  readonly kept: readonly Uint8Array[];
}

const batchSize = 32;
/** To make one failing input small. */
const minimiseBudget = { calls: 2_000, ms: 20_000 } as const;
/** To make a new input of the corpus small; each call costs a take of the coverage. */
const trimBudget = { calls: 12, ms: 1_000 } as const;

/**
 * Mutates inputs of the corpus until `isOver`. Coverage is taken once per batch, since a take costs more than most inputs; where a batch
 * reached something new, parts of it run again until those inputs are found that did; they are kept.
 */
export async function runCampaign(campaign: CampaignInput): Promise<CampaignResult> {
  const { target, seed, coverage, onProgress } = campaign;
  const dice = createDice(seed);
  const corpus: Uint8Array[] = [];
  const failed = new Set<string>();
  let [inputs, news] = [0, 0];
  const state = (): CampaignState => {
    const { covered } = coverage.map;
    return { inputs, corpus: corpus.length, news, covered, failures: failed.size };
  };

  async function run(input: Uint8Array): Promise<boolean> {
    inputs += 1;
    const failure = await execute(target, input);
    if (failure === undefined) return true;
    if (!failed.has(failure.identity)) {
      failed.add(failure.identity);
      campaign.onFailure(await smallest(target, input, failure));
    }
    return false;
  }

  for (const input of [...target.seeds, ...campaign.corpus]) if (await run(input)) corpus.push(input);
  coverage.map.add(coverage.recorder.take());
  onProgress(state());

  while (!campaign.isOver(state())) {
    const batch = Array.from({ length: batchSize }, () => nextInput(target, corpus, dice));
    const passed: Uint8Array[] = [];
    for (const input of batch) if (await run(input)) passed.push(input);
    if (coverage.map.isNew(coverage.recorder.take()))
      for (const kept of await reaching(campaign, passed)) {
        corpus.push(kept);
        news += 1;
      }
    onProgress(state());
  }
  return { ...state(), kept: corpus };
}

function nextInput(target: FuzzTarget, corpus: readonly Uint8Array[], dice: Dice): Uint8Array {
  if (corpus.length === 0 || dice.chance(0.15)) return target.generate(dice);
  // The newest inputs stand for what was reached last and has been mutated least.
  const recent = dice.chance(0.3) ? corpus.slice(-20) : corpus;
  return target.mutate(dice.pick(recent), { dice, other: dice.pick(corpus) });
}

async function smallest(target: FuzzTarget, input: Uint8Array, failure: Failure): Promise<Found> {
  const holds = async (candidate: Uint8Array): Promise<boolean> =>
    (await execute(target, candidate))?.identity === failure.identity;
  const small = await minimise({ input, holds, budget: minimiseBudget });
  // The message should be about the input that is shown.
  return { ...failure, ...(await execute(target, small)), input: small };
}

/** Those of a group that reach something new, each without what it does not need for that; found by halving. */
async function reaching(campaign: CampaignInput, group: readonly Uint8Array[]): Promise<readonly Uint8Array[]> {
  const [first] = group;
  if (first === undefined) return [];
  if (group.length === 1) {
    const kept = await trimmed(campaign, first);
    return kept === undefined ? [] : [kept];
  }
  const { target, coverage } = campaign;
  const found: Uint8Array[] = [];
  const middle = Math.ceil(group.length / 2);
  for (const half of [group.slice(0, middle), group.slice(middle)]) {
    coverage.recorder.take();
    for (const input of half) await execute(target, input);
    if (coverage.map.isNew(coverage.recorder.take())) found.push(...(await reaching(campaign, half)));
  }
  return found;
}

/** The input without what its new coverage does not need, added to the map; undefined when it has no new coverage after all. */
async function trimmed({ target, coverage }: CampaignInput, input: Uint8Array): Promise<Uint8Array | undefined> {
  const { recorder, map } = coverage;
  const isNew = async (candidate: Uint8Array): Promise<boolean> => {
    recorder.take();
    return (await execute(target, candidate)) === undefined && map.isNew(recorder.take());
  };
  if (!(await isNew(input))) return undefined;
  const small = input.length > 600 ? await minimise({ input, holds: isNew, budget: trimBudget }) : input;
  recorder.take();
  await execute(target, small);
  map.add(recorder.take());
  return small;
}

/** Inputs of the corpus that are larger than this are made smaller when it is reduced. */
const largeBytes = 3_000;
const shrinkBudget = { calls: 200, ms: 5_000 } as const;

export interface DistilInput {
  readonly target: FuzzTarget;
  readonly inputs: readonly Uint8Array[];
  readonly coverage: { readonly recorder: Recorder; readonly map: CoverageMap };
}

/** The inputs that together cover what all of them cover, smaller ones first; `map` must be empty. */
export async function distil({ target, inputs, coverage }: DistilInput): Promise<readonly Uint8Array[]> {
  const { recorder, map } = coverage;
  const kept: Uint8Array[] = [];
  for (const input of [...inputs].sort((a, b) => a.length - b.length || Buffer.compare(a, b))) {
    recorder.take();
    if ((await execute(target, input)) !== undefined) continue;
    const snapshot = recorder.take();
    const gain = map.gain(snapshot);
    if (gain === 0) continue;
    const holds = async (candidate: Uint8Array): Promise<boolean> => {
      recorder.take();
      return (await execute(target, candidate)) === undefined && map.gain(recorder.take()) >= gain;
    };
    const isLarge = input.length > largeBytes;
    kept.push(isLarge ? await minimise({ input, holds, budget: shrinkBudget }) : input);
    map.add(snapshot);
  }
  return kept;
}
