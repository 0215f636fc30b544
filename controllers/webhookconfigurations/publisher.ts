import { createBackoff } from '../../pkg/clock/backoff.ts';
import type { Clock, Logger, Random } from '../../pkg/clock/clock.ts';
import { createLoop } from '../../pkg/clock/loop.ts';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import {
  type ConfigurationClient,
  type ConfigurationName,
  ensureConfigurations,
  type Owner,
  ownerOf,
  removeConfigurations,
} from './ensure.ts';

export interface PublisherOptions {
  /** Of the cluster that sends the reviews: the virtual garden. */
  readonly client: ConfigurationClient;
  /** Namespace there that owns the configurations; undefined where they are removed by hand. */
  readonly ownerNamespace: string | undefined;
  readonly configurations: (given: {
    /** PEM, base64. */
    readonly caBundle: string;
    readonly owner: Owner | undefined;
  }) => readonly KubeObject[];
  /** Absent: the configurations are wanted always. */
  readonly condition?: Condition;
  /** Removes those that are not wanted any more; gives whether it has to look again soon. What it throws is logged and keeps nothing up. */
  readonly removeLeftovers?: () => Promise<boolean>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

export interface Condition {
  /** Asked at each look. */
  isMet(): Promise<boolean>;
  /** While it is not met these are removed, with or without a bundle. */
  readonly otherwiseGone: readonly ConfigurationName[];
}

export interface Publisher {
  /** Brings a bundle (PEM) into all configurations that are wanted; resolves when they have it. Throws OwnerMissing, and what the client throws. */
  publish(caBundle: string): Promise<void>;
  /**
   * Looks once whether the configurations are there, or gone, as they should be, and makes them so. False when they are wanted and there is no
   * bundle for them yet. Throws as `publish` does.
   */
  check(): Promise<boolean>;
  /**
   * Looks every five minutes whether others changed the configurations, and takes it back, until the signal aborts; after half a minute while
   * there is something to remove. What fails is logged and tried again with a growing delay. Without a condition the first look is that of the
   * first published bundle; never rejects.
   */
  keep(signal: AbortSignal): Promise<void>;
}

const checkMs = 5 * 60_000;
/** Shoots may be refused as long: longer than a Lease lives without its holder. */
const soonMs = 30_000;

/** Writes the webhook configurations; for the leader only. Runs never overlap, so that none writes what another one has just replaced. */
export function createPublisher(options: PublisherOptions): Publisher {
  const { client, ownerNamespace, configurations, condition, clock, log } = options;
  let published: string | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  let hasLeftovers = false;
  const backoff = createBackoff({ baseMs: 1_000, maxMs: 120_000, jitter: 0.2, random: options.random });
  const loop = createLoop({
    clock,
    firstAfterMs: condition === undefined ? checkMs : 0,
    step: async () => {
      await check();
      return checkMs;
    },
    retry: {
      backoff,
      onFailure: (error, retryMs) => log.error({ err: error, retryMs }, 'Webhook configurations could not be checked'),
    },
  });

  return {
    publish: (caBundle) => {
      published = caBundle;
      return check().then(() => undefined);
    },
    check,
    keep: (signal) => {
      backoff.reset();
      return loop.run(signal);
    },
  };

  function check(): Promise<boolean> {
    return inTurn(ensure).finally(() => {
      if (hasLeftovers) loop.wakeUp(soonMs);
    });
  }

  function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = turn.then(work);
    turn = result.catch(() => undefined);
    return result;
  }

  async function ensure(): Promise<boolean> {
    if (condition !== undefined && !(await condition.isMet())) {
      const deleted = await removeConfigurations(client, condition.otherwiseGone);
      if (deleted.length > 0) log.info({ deleted }, 'Webhook configurations removed');
      return true;
    }
    if (published === undefined) return false;
    const owner = ownerNamespace === undefined ? undefined : await ownerOf(client, ownerNamespace);
    const caBundle = Buffer.from(published).toString('base64');
    const written = await ensureConfigurations(client, configurations({ caBundle, owner }));
    if (written.length > 0) log.info({ written }, 'Webhook configurations written');
    hasLeftovers = await removeRest();
    return true;
  }

  /** The bundle is published whether or not this can be done. */
  async function removeRest(): Promise<boolean> {
    try {
      return (await options.removeLeftovers?.()) ?? false;
    } catch (error) {
      log.error({ err: error, retryMs: soonMs }, 'Webhook configurations that nobody answers could not be removed');
      return true;
    }
  }
}
