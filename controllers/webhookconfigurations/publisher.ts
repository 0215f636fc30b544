import { createBackoff } from '../../pkg/clock/backoff.ts';
import type { Clock, Logger, Random } from '../../pkg/clock/clock.ts';
import { createLoop } from '../../pkg/clock/loop.ts';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import {
  type ConfigurationClient,
  type ConfigurationName,
  ensureConfigurations,
  type Owner,
  readOwner,
  removeConfigurations,
} from './ensure.ts';

export interface PublisherOptions {
  /** Client of the cluster that sends the reviews: the virtual garden. */
  readonly client: ConfigurationClient;
  /** Namespace in that cluster that owns the configurations; undefined if they are removed manually. */
  readonly ownerNamespace: string | undefined;
  readonly configurations: (input: {
    /** Base64 of the PEM. */
    readonly caBundle: string;
    readonly owner: Owner | undefined;
  }) => readonly KubeObject[];
  /** If omitted, the configurations must always exist. */
  readonly condition?: Condition;
  /**
   * Removes obsolete configurations; resolves to whether to check again soon. Its exceptions are logged and do not
   * affect the publication.
   */
  readonly removeLeftovers?: () => Promise<boolean>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

export interface Condition {
  /** Called in each check. */
  isMet(): Promise<boolean>;
  /** Configurations that are removed while the condition is not met, with or without a CA bundle. */
  readonly removedUnlessMet: readonly ConfigurationName[];
}

export interface Publisher {
  /**
   * Writes a CA bundle (PEM) into all configurations; resolves when they contain it. Throws OwnerNotFound and errors of
   * the client.
   */
  publish(caBundle: string): Promise<void>;
  /**
   * Creates, reverts or removes the configurations once, as required. Resolves to false if they are required but no CA
   * bundle was published yet. Throws like `publish`.
   */
  check(): Promise<boolean>;
  /**
   * Checks every five minutes until the signal aborts, or after 30 s while leftovers exist. Failures are logged and
   * retried with back-off. With a condition the first check is immediate; otherwise `publish` is the first. Never
   * rejects.
   */
  run(signal: AbortSignal): Promise<void>;
}

const checkMs = 5 * 60_000;
/** Shoots may be rejected for as long. Exceeds the duration of a Lease. */
const leftoversCheckMs = 30_000;

/**
 * Maintains the webhook configurations; must be used by the leader only. Checks are serialized, so that none overwrites
 * a newer CA bundle.
 */
export function createPublisher(options: PublisherOptions): Publisher {
  const { client, ownerNamespace, configurations, condition, clock, log } = options;
  let published: string | undefined;
  let lastCheck: Promise<unknown> = Promise.resolve();
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
    run: (signal) => {
      backoff.reset();
      return loop.run(signal);
    },
  };

  function check(): Promise<boolean> {
    return serialize(ensure).finally(() => {
      if (hasLeftovers) loop.wakeUp(leftoversCheckMs);
    });
  }

  function serialize<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = lastCheck.then(work);
    lastCheck = result.catch(() => undefined);
    return result;
  }

  async function ensure(): Promise<boolean> {
    if (condition !== undefined && !(await condition.isMet())) {
      const deleted = await removeConfigurations(client, condition.removedUnlessMet);
      if (deleted.length > 0) log.info({ deleted }, 'Webhook configurations removed');
      return true;
    }
    if (published === undefined) return false;
    const owner = ownerNamespace === undefined ? undefined : await readOwner(client, ownerNamespace);
    const caBundle = Buffer.from(published).toString('base64');
    const written = await ensureConfigurations(client, configurations({ caBundle, owner }));
    if (written.length > 0) log.info({ written }, 'Webhook configurations written');
    hasLeftovers = await tryToRemoveLeftovers();
    return true;
  }

  /** A failure must not affect the publication of the CA bundle. */
  async function tryToRemoveLeftovers(): Promise<boolean> {
    try {
      return (await options.removeLeftovers?.()) ?? false;
    } catch (error) {
      log.error({ err: error, retryMs: leftoversCheckMs }, 'Failed to remove leftover webhook configurations');
      return true;
    }
  }
}
