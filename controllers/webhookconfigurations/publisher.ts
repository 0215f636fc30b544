import type { KubeObject } from '../../pkg/gardener/objects.ts';
import { createBackoff } from '../../pkg/kubernetes/backoff.ts';
import { type Clock, type Logger, type Random, sleep } from '../../pkg/kubernetes/clock.ts';
import { type ConfigurationClient, ensureConfigurations, type Owner, ownerOf } from './ensure.ts';

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
  /** Removes those that are not wanted any more; gives whether it has to look again soon. What it throws is logged and keeps nothing up. */
  readonly removeLeftovers?: () => Promise<boolean>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

export interface Publisher {
  /** Brings a bundle (PEM) into all configurations; resolves when they have it. Throws OwnerMissing, and what the client throws. */
  publish(caBundle: string, signal: AbortSignal): Promise<void>;
  /**
   * Looks every five minutes whether others changed the configurations, and takes it back, until the signal aborts; after half a minute while
   * there is something to remove. What fails is logged and tried again with a growing delay. Begins with the first published bundle; never rejects.
   */
  keep(signal: AbortSignal): Promise<void>;
}

const checkMs = 5 * 60_000;
/** Shoots may be refused as long: longer than a Lease lives without its holder. */
const soonMs = 30_000;

/** Writes the webhook configurations; for the leader only. Runs never overlap, so that none writes what another one has just replaced. */
export function createPublisher(options: PublisherOptions): Publisher {
  const { client, ownerNamespace, configurations, clock, log } = options;
  let published: string | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  let isSomethingLeft = false;

  return {
    publish: (caBundle) => {
      published = caBundle;
      return inTurn(ensure);
    },
    keep,
  };

  function inTurn(work: () => Promise<void>): Promise<void> {
    const result = turn.then(work);
    turn = result.catch(() => undefined);
    return result;
  }

  async function ensure(): Promise<void> {
    if (published === undefined) return;
    const owner = ownerNamespace === undefined ? undefined : await ownerOf(client, ownerNamespace);
    const caBundle = Buffer.from(published).toString('base64');
    const written = await ensureConfigurations(client, configurations({ caBundle, owner }));
    if (written.length > 0) log.info({ written }, 'Webhook configurations written');
    isSomethingLeft = await removeRest();
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

  async function keep(signal: AbortSignal): Promise<void> {
    const backoff = createBackoff({ baseMs: 1_000, maxMs: 120_000, jitter: 0.2, random: options.random });
    let pause = checkMs;
    for (let waited = 0; ; ) {
      const step = Math.min(pause - waited, soonMs);
      await sleep(clock, step, signal);
      if (signal.aborted) return;
      waited += step;
      if (waited < pause && !isSomethingLeft) continue;
      waited = 0;
      try {
        await inTurn(ensure);
        backoff.reset();
        pause = checkMs;
      } catch (error) {
        pause = backoff.next();
        log.error({ err: error, retryMs: pause }, 'Webhook configurations could not be checked');
      }
    }
  }
}
