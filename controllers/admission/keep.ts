import type { KubeObject } from '../../pkg/gardener/objects.ts';
import { createBackoff } from '../../pkg/kubernetes/backoff.ts';
import { type Clock, type Logger, linkSignal, type Random, sleep } from '../../pkg/kubernetes/clock.ts';
import { type ConfigurationClient, ensureConfigurations, ownerOf } from './ensure.ts';

/** The certificates that clients of the webhooks must trust; they change when the authority is renewed. */
export interface TrustBundle {
  /** PEM, base64; of now. */
  current(): string;
  /** Calls back after each change; gives what ends that. */
  onChange(listener: () => void): () => void;
}

export interface KeepInput {
  /** Of the cluster that sends the reviews: the virtual garden. */
  readonly client: ConfigurationClient;
  /** Namespace there that owns the configurations. */
  readonly ownerNamespace: string | undefined;
  readonly bundle: TrustBundle;
  readonly configurations: (given: {
    readonly caBundle: string;
    readonly owner: { readonly name: string; readonly uid: string } | undefined;
  }) => readonly KubeObject[];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** How often somebody looks whether others changed the configurations. */
const checkMs = 5 * 60_000;

/**
 * Keeps the webhook configurations as they must be until the signal aborts: at once, when the bundle changes, and every five minutes. What
 * fails is logged and tried again with a growing delay. For the leader only; never rejects.
 */
export async function keepConfigurations(input: KeepInput, signal: AbortSignal): Promise<void> {
  const { clock, random, bundle, log } = input;
  const backoff = createBackoff({ baseMs: 1_000, maxMs: 120_000, jitter: 0.2, random });
  while (!signal.aborted) {
    // Before anything is read: a change in the middle of a round must start the next one.
    const round = linkSignal(signal);
    const stop = bundle.onChange(() => round.abort());
    try {
      const delay = await attempt(input, signal);
      if (delay === 'kept') backoff.reset();
      await sleep(clock, delay === 'kept' ? checkMs : backoff.next(), round.signal);
    } finally {
      stop();
      round.release();
    }
  }
  log.debug({}, 'Webhook configurations are left to the next leader');
}

async function attempt(input: KeepInput, signal: AbortSignal): Promise<'kept' | 'failed'> {
  const { client, ownerNamespace, bundle, configurations, log } = input;
  try {
    const owner = ownerNamespace === undefined ? undefined : await ownerOf(client, ownerNamespace);
    const written = await ensureConfigurations(client, configurations({ caBundle: bundle.current(), owner }));
    if (written.length > 0) log.info({ written }, 'Webhook configurations written');
    return 'kept';
  } catch (error) {
    if (!signal.aborted) log.error({ err: error }, 'Webhook configurations cannot be kept up to date, trying again');
    return 'failed';
  }
}
