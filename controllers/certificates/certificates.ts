import type { KubeObject } from '../../pkg/gardener/objects.ts';
import { createBackoff } from '../../pkg/kubernetes/backoff.ts';
import type { KubeClient } from '../../pkg/kubernetes/client.ts';
import { type Clock, type Logger, linkSignal, type Random, sleep, whenAborted } from '../../pkg/kubernetes/clock.ts';
import { isAlreadyExists, isNotFound } from '../../pkg/kubernetes/errors.ts';
import type { CertificateSource } from '../../pkg/webhook/server.ts';
import { createAuthority, issueServer, type KeyPair } from '../../pkg/webhook/x509.ts';
import {
  authorityMeta,
  authorityName,
  authoritySecret,
  type Contents,
  type Names,
  publishedAnnotation,
  readContents,
  secretsResource,
  selectorOf,
  serverMeta,
  serverName,
  serverSecret,
} from './secrets.ts';
import { nextStep, type Publication, type Step, servingServer, standardTiming, type Timing, trusted } from './state.ts';

export interface CertificatesOptions extends Names {
  /** Reads, and creates what no replica can do without; must work before this process leads. */
  readonly client: Pick<KubeClient, 'list' | 'create'>;
  /** Everything else; may refuse to write when this process does not lead. */
  readonly guarded: Pick<KubeClient, 'create' | 'mergePatch' | 'delete'>;
  /** DNS names and addresses by which API servers reach the server. */
  readonly hosts: readonly string[];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly timing?: Timing;
  /** Is told of each look at the Secrets, whether all went well. */
  readonly onRead?: (ok: boolean) => void;
  /** See AuthorityInput. */
  readonly keyBits?: number;
  /** Between two looks at the Secrets, which cannot be watched (contract.md §3.6); 5 minutes. */
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
  const backoff = createBackoff({ baseMs: 1_000, maxMs: pollMs, jitter: 0.2, random: options.random });
  const subscribers = new Set<() => void>();
  let contents: Contents | undefined;
  let shown: Shown = { bundle: undefined, serving: undefined };
  let term: Term | undefined;
  let turn: Turn = { over: Promise.resolve(), end: () => undefined };
  let wake = new AbortController();

  return {
    caBundle: () => shown.bundle,
    serving: () => shown.serving,
    subscribe: (changed) => {
      subscribers.add(changed);
      return () => subscribers.delete(changed);
    },
    expiry,
    run,
    lead,
  };

  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      wake = new AbortController();
      const ending = linkSignal(signal);
      const over = maintain(ending.signal);
      turn = { over, end: ending.abort };
      const pause = await over;
      ending.release();
      const stirred = linkSignal(signal);
      wake.signal.addEventListener('abort', () => stirred.abort(), { once: true });
      if (!wake.signal.aborted) await sleep(clock, pause, stirred.signal);
      stirred.release();
    }
  }

  /** Gives the milliseconds until the next turn; never rejects. */
  async function maintain(signal: AbortSignal): Promise<number> {
    try {
      const until = await takeSteps(signal);
      backoff.reset();
      options.onRead?.(true);
      return Math.max(0, Math.min(pollMs, until - clock.now()));
    } catch (error) {
      if (signal.aborted) return 0;
      const pause = backoff.next();
      options.onRead?.(false);
      log.warn({ err: error, retryMs: pause }, 'Webhook certificates could not be maintained');
      return pause;
    }
  }

  async function lead({ publish }: LeadInput, lost: AbortSignal): Promise<void> {
    const own: Term = { publish, lost, published: undefined };
    term = own;
    wake.abort();
    await whenAborted(lost);
    if (term === own) term = undefined;
    turn.end();
    await turn.over;
  }

  /** Steps until there is nothing to do; gives the moment at which time alone brings more. */
  async function takeSteps(signal: AbortSignal): Promise<number> {
    for (let count = 0; count < mostSteps; count += 1) {
      const current = await refresh(signal);
      const leading = term;
      const step = nextStep({
        stored: current.stored,
        now: clock.now(),
        timing,
        leading: leading !== undefined,
        published: leading?.published,
      });
      if (step.do === 'wait') return step.until;
      await take(step, { contents: current, term: leading, signal });
    }
    throw new Error(`no end of steps with the certificates in namespace ${options.namespace}`);
  }

  async function refresh(signal: AbortSignal): Promise<Contents> {
    const { items } = await options.client.list({
      resource: secretsResource,
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

  async function take(step: Exclude<Step, { readonly do: 'wait' }>, situation: Situation): Promise<void> {
    const { term: leading } = situation;
    switch (step.do) {
      case 'createAuthority':
        return create(await newAuthority(situation.contents), situation);
      case 'issueServer':
        return create(await newServer(situation.contents, step.signer), situation);
      case 'publish':
        return leading && publish(step.bundle, { ...situation, term: leading });
      case 'markPublished':
        return mark(step.name, situation);
      case 'delete':
        return remove(step.name, situation);
    }
  }

  async function newAuthority(current: Contents): Promise<KubeObject> {
    const now = clock.now();
    const pair = await createAuthority({
      commonName: authorityName(options.name),
      ...(options.keyBits === undefined ? {} : { keyBits: options.keyBits }),
      notBefore: now - timing.backdate,
      notAfter: now + timing.authorityLifetime,
    });
    return authoritySecret({ meta: authorityMeta({ names: options, contents: current, timing }), pair });
  }

  async function newServer(current: Contents, signer: string): Promise<KubeObject> {
    const authority = current.pairs.get(signer);
    const ends = current.stored.authorities.find((one) => one.name === signer)?.notAfter;
    if (authority === undefined || ends === undefined) throw new Error(`Secret ${signer} holds no authority`);
    const now = clock.now();
    const pair = await issueServer({
      authority,
      commonName: serverName(options.name),
      hosts: options.hosts,
      notBefore: now - timing.backdate,
      notAfter: Math.min(now + timing.serverLifetime, ends),
    });
    return serverSecret({
      meta: serverMeta({ names: options, contents: current, signer, hosts: options.hosts }),
      pair,
    });
  }

  /** Another replica may have been faster: then what it made is as good. */
  async function create(object: KubeObject, { contents: current, term: leading, signal }: Situation): Promise<void> {
    const { name } = object.metadata;
    const client = leading === undefined ? options.client : options.guarded;
    try {
      await client.create({ resource: secretsResource, object, signal });
      log.info({ object: { namespace: options.namespace, name } }, 'Created a webhook certificate');
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      const after = await refresh(signal);
      if (after.secrets.has(name) && !current.secrets.has(name)) return;
      const where = `Secret ${options.namespace}/${name}`;
      throw new Error(`${where} is there without the labels ${selectorOf(options)}: delete it`, { cause: error });
    }
  }

  async function publish(
    names: readonly string[],
    { contents: current, term: leading, signal }: Leading,
  ): Promise<void> {
    const both = linkSignal(signal);
    const stop = (): void => both.abort();
    leading.lost.addEventListener('abort', stop, { once: true });
    if (leading.lost.aborted) stop();
    try {
      await leading.publish(bundleOf(names, current), both.signal);
      leading.published = { bundle: names, at: clock.now() };
      log.info({ authorities: names }, 'Published the bundle of the webhook certificates');
    } finally {
      leading.lost.removeEventListener('abort', stop);
      both.release();
    }
  }

  async function mark(name: string, { contents: current, signal }: Situation): Promise<void> {
    const resourceVersion = current.secrets.get(name)?.metadata.resourceVersion;
    const annotations = { [publishedAnnotation]: new Date(clock.now()).toISOString() };
    const patch = { metadata: { resourceVersion, annotations } };
    await options.guarded.mergePatch({ resource: secretsResource, namespace: options.namespace, name, patch, signal });
  }

  async function remove(name: string, { contents: current, signal }: Situation): Promise<void> {
    const uid = current.secrets.get(name)?.metadata.uid;
    const preconditions = uid === undefined ? {} : { preconditions: { uid } };
    try {
      const { namespace } = options;
      await options.guarded.delete({ resource: secretsResource, namespace, name, ...preconditions, signal });
      log.info(
        { object: { namespace: options.namespace, name } },
        'Removed a webhook certificate that is not used any more',
      );
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}

interface Turn {
  readonly over: Promise<unknown>;
  readonly end: () => void;
}

interface Shown {
  readonly bundle: string | undefined;
  readonly serving: KeyPair | undefined;
}

interface Term {
  readonly publish: LeadInput['publish'];
  readonly lost: AbortSignal;
  published: Publication | undefined;
}

interface Situation {
  readonly contents: Contents;
  readonly term: Term | undefined;
  readonly signal: AbortSignal;
}

type Leading = Situation & { readonly term: Term };

function shownOf(contents: Contents, now: number): Shown {
  const names = trusted(contents.stored, now).map((one) => one.name);
  const server = servingServer(contents.stored, now);
  return {
    bundle: names.length === 0 ? undefined : bundleOf(names, contents),
    serving: server && contents.pairs.get(server.name),
  };
}

/** Each certificate as it is stored, so that a take-over does not change the bundle by a letter. */
function bundleOf(names: readonly string[], { pairs }: Contents): string {
  return names.map((name) => `${pairs.get(name)?.cert.trim() ?? ''}\n`).join('');
}
