import { createBackoff } from '../../pkg/clock/backoff.ts';
import { type Random, whenAborted } from '../../pkg/clock/clock.ts';
import { createLoop } from '../../pkg/clock/loop.ts';
import { builtin } from '../../pkg/kubernetes/client/builtin.ts';
import type { KubeClient } from '../../pkg/kubernetes/client/client.ts';
import type { CertificateSource } from '../../pkg/webhook/server.ts';
import type { KeyPair } from '../../pkg/webhook/x509.ts';
import { buildCaBundle, type Contents, labelSelector, readContents } from './secrets.ts';
import { nextStep, servingCertificate, standardTiming, type Timing, trustedAuthorities } from './state.ts';
import { createStepExecutor, type Leadership, type StepOptions } from './steps.ts';

export interface CertificatesOptions extends Omit<StepOptions, 'timing' | 'refresh'> {
  /** Reads the Secrets, and creates those that every replica needs, before this process leads. */
  readonly client: Pick<KubeClient, 'list' | 'create'>;
  readonly random: Random;
  readonly timing?: Timing;
  /** Called after each pass with its success. */
  readonly onRead?: (ok: boolean) => void;
  /**
   * Interval for reading the Secrets, which cannot be watched (docs/design/gardener.md#webhook-certificates). Default:
   * 5 minutes.
   */
  readonly pollMs?: number;
}

export interface LeadInput {
  /**
   * Writes a CA bundle into every existing webhook configuration; resolves when all of them contain it. Called with
   * each new CA bundle, once by every new leader, and before a new authority is used. Must not write configurations
   * that are up to date.
   */
  readonly publish: (caBundle: string, signal: AbortSignal) => Promise<void>;
}

export interface Certificates extends CertificateSource {
  /** The CA bundle (PEM) for webhook configurations; undefined until the Secrets were read. */
  caBundle(): string | undefined;
  /** Expiry of the serving certificate and its authority in milliseconds since the epoch, for metrics. */
  expiry(): { readonly authority: number | undefined; readonly server: number | undefined };
  /** Reads the Secrets periodically, creates missing ones, and rotates them while this process leads. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
  /** Rotates until `lost` aborts; resolves when the current pass has ended. Must be called while `run` is running. */
  lead(input: LeadInput, lost: AbortSignal): Promise<void>;
}

/** More consecutive steps are a defect: the longest sequence, from no Secrets to a published CA bundle, takes five. */
const maxSteps = 25;

/** Maintains the certificates of the webhook servers of one extension, which its replicas share through Secrets. */
export function createCertificates(options: CertificatesOptions): Certificates {
  const { clock, log, timing = standardTiming, pollMs = 300_000 } = options;
  const subscribers = new Set<() => void>();
  let contents: Contents | undefined;
  let current: Current = { caBundle: undefined, serving: undefined };
  let leadership: Leadership | undefined;
  const execute = createStepExecutor({ ...options, timing, refresh });
  const loop = createLoop({
    clock,
    step: maintain,
    retry: {
      backoff: createBackoff({ baseMs: 1_000, maxMs: pollMs, jitter: 0.2, random: options.random }),
      onFailure: (error, retryMs) => {
        options.onRead?.(false);
        log.warn({ err: error, retryMs }, 'Webhook certificates could not be maintained');
      },
    },
  });

  return {
    caBundle: () => current.caBundle,
    serving: () => current.serving,
    subscribe: (changed) => {
      subscribers.add(changed);
      return () => subscribers.delete(changed);
    },
    expiry,
    run: (signal) => loop.run(signal),
    lead,
  };

  /** One pass; resolves to the milliseconds until the next one. */
  async function maintain(signal: AbortSignal): Promise<number> {
    const until = await executeSteps(signal);
    options.onRead?.(true);
    return Math.max(0, Math.min(pollMs, until - clock.now()));
  }

  async function lead({ publish }: LeadInput, lost: AbortSignal): Promise<void> {
    const own: Leadership = { publish, lost, published: undefined };
    leadership = own;
    loop.wakeUp();
    await whenAborted(lost);
    if (leadership === own) leadership = undefined;
    await loop.cancelPass();
  }

  /** Executes steps until none is due; resolves to the time at which the next one becomes due. */
  async function executeSteps(signal: AbortSignal): Promise<number> {
    for (let count = 0; count < maxSteps; count += 1) {
      const read = await refresh(signal);
      const term = leadership;
      const step = nextStep({
        stored: read.stored,
        now: clock.now(),
        timing,
        leading: term !== undefined,
        published: term?.published,
      });
      if (step.do === 'wait') return step.until;
      await execute(step, { contents: read, leadership: term, signal });
    }
    throw new Error(`certificates in namespace ${options.namespace} did not converge after ${maxSteps} steps`);
  }

  async function refresh(signal: AbortSignal): Promise<Contents> {
    const { items } = await options.client.list({
      resource: builtin.secrets,
      namespace: options.namespace,
      labelSelector: labelSelector(options),
      signal,
    });
    const read = readContents(items, { names: options, hosts: options.hosts });
    for (const problem of read.problems) log.warn(problem, 'Ignored invalid webhook certificate Secret');
    contents = read;
    update(read);
    return read;
  }

  function update(read: Contents): void {
    const before = current;
    current = selectCurrent(read, clock.now());
    if (current.caBundle === before.caBundle && current.serving?.cert === before.serving?.cert) return;
    log.info(expiry(), 'Webhook certificates changed');
    for (const changed of subscribers) changed();
  }

  function expiry(): ReturnType<Certificates['expiry']> {
    const now = clock.now();
    const server = contents && servingCertificate(contents.stored, now);
    const authority = contents?.stored.authorities.find((one) => one.name === server?.signer);
    return { authority: authority?.notAfter, server: server?.notAfter };
  }
}

interface Current {
  readonly caBundle: string | undefined;
  readonly serving: KeyPair | undefined;
}

function selectCurrent(contents: Contents, now: number): Current {
  const names = trustedAuthorities(contents.stored, now).map((one) => one.name);
  const server = servingCertificate(contents.stored, now);
  return {
    caBundle: names.length === 0 ? undefined : buildCaBundle(names, contents),
    serving: server && contents.pairs.get(server.name),
  };
}
