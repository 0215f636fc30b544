import { createBackoff } from '../../pkg/clock/backoff.ts';
import { type Random, whenAborted } from '../../pkg/clock/clock.ts';
import { createLoop } from '../../pkg/clock/loop.ts';
import { builtin } from '../../pkg/kubernetes/client/builtin.ts';
import type { KubeClient } from '../../pkg/kubernetes/client/client.ts';
import type { CertificateSource } from '../../pkg/webhook/server.ts';
import type { KeyPair } from '../../pkg/webhook/x509.ts';
import { bundleOf, type Contents, readContents, selectorOf } from './secrets.ts';
import { nextStep, servingServer, standardTiming, type Timing, trusted } from './state.ts';
import { createStepTaker, type Leadership, type StepOptions } from './steps.ts';

export interface CertificatesOptions extends Omit<StepOptions, 'timing' | 'refresh'> {
  /** Also reads. */
  readonly client: Pick<KubeClient, 'list' | 'create'>;
  readonly random: Random;
  readonly timing?: Timing;
  /** Is told of each look at the Secrets, whether all went well. */
  readonly onRead?: (ok: boolean) => void;
  /** Between two looks at the Secrets, which cannot be watched (docs/design/gardener.md#webhook-certificates); 5 minutes. */
  readonly pollMs?: number;
}

export interface LeadInput {
  /**
   * Puts a bundle into every webhook configuration there is; resolves only when all of them have it. Called with each new bundle, once by
   * every new leader, and before a new authority is used; what is in place already must cost no write.
   */
  readonly publish: (caBundle: string, signal: AbortSignal) => Promise<void>;
}

export interface Certificates extends CertificateSource {
  /** The PEM bundle that webhook configurations are to hold now; undefined until the Secrets were read. */
  caBundle(): string | undefined;
  /** When the certificate that is shown and the authority behind it end, in milliseconds since the epoch: for metrics. */
  expiry(): { readonly authority: number | undefined; readonly server: number | undefined };
  /** Reads the Secrets now and then, makes them where there are none, and rotates them while this process leads. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
  /** Rotates until `lost` aborts; resolves when nothing is on its way any more. To be called while `run` runs. */
  lead(input: LeadInput, lost: AbortSignal): Promise<void>;
}

/** More steps than this in a row are a defect: the longest way, from nothing to everything published, takes five. */
const mostSteps = 25;

/** The certificates of the webhook servers of one extension, shared by its replicas through Secrets. */
export function createCertificates(options: CertificatesOptions): Certificates {
  const { clock, log, timing = standardTiming, pollMs = 300_000 } = options;
  const subscribers = new Set<() => void>();
  let contents: Contents | undefined;
  let shown: Shown = { bundle: undefined, serving: undefined };
  let leadership: Leadership | undefined;
  const take = createStepTaker({ ...options, timing, refresh });
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
    caBundle: () => shown.bundle,
    serving: () => shown.serving,
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
    const until = await takeSteps(signal);
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

  /** Steps until there is nothing to do; gives the moment at which time alone brings more. */
  async function takeSteps(signal: AbortSignal): Promise<number> {
    for (let count = 0; count < mostSteps; count += 1) {
      const current = await refresh(signal);
      const term = leadership;
      const step = nextStep({
        stored: current.stored,
        now: clock.now(),
        timing,
        leading: term !== undefined,
        published: term?.published,
      });
      if (step.do === 'wait') return step.until;
      await take(step, { contents: current, leadership: term, signal });
    }
    throw new Error(`no end of steps with the certificates in namespace ${options.namespace}`);
  }

  async function refresh(signal: AbortSignal): Promise<Contents> {
    const { items } = await options.client.list({
      resource: builtin.secrets,
      namespace: options.namespace,
      labelSelector: selectorOf(options),
      signal,
    });
    const read = readContents(items, { names: options, hosts: options.hosts });
    for (const problem of read.problems) log.warn(problem, 'A Secret with a webhook certificate cannot be used');
    contents = read;
    show(read);
    return read;
  }

  function show(read: Contents): void {
    const before = shown;
    shown = shownOf(read, clock.now());
    if (shown.bundle === before.bundle && shown.serving?.cert === before.serving?.cert) return;
    log.info(expiry(), 'Webhook certificates changed');
    for (const changed of subscribers) changed();
  }

  function expiry(): ReturnType<Certificates['expiry']> {
    const now = clock.now();
    const server = contents && servingServer(contents.stored, now);
    const authority = contents?.stored.authorities.find((one) => one.name === server?.signer);
    return { authority: authority?.notAfter, server: server?.notAfter };
  }
}

interface Shown {
  readonly bundle: string | undefined;
  readonly serving: KeyPair | undefined;
}

function shownOf(contents: Contents, now: number): Shown {
  const names = trusted(contents.stored, now).map((one) => one.name);
  const server = servingServer(contents.stored, now);
  return {
    bundle: names.length === 0 ? undefined : bundleOf(names, contents),
    serving: server && contents.pairs.get(server.name),
  };
}
