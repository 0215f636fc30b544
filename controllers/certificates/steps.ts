import { type Clock, type Logger, linkSignal } from '../../pkg/clock/clock.ts';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import { builtin } from '../../pkg/kubernetes/client/builtin.ts';
import type { KubeClient } from '../../pkg/kubernetes/client/client.ts';
import { deleteIgnoringNotFound, isAlreadyExists } from '../../pkg/kubernetes/client/errors.ts';
import { createAuthority, issueServer } from '../../pkg/webhook/x509.ts';
import { newAuthoritySecret, newServerSecret } from './newsecrets.ts';
import {
  authorityName,
  buildCaBundle,
  type Contents,
  labelSelector,
  type Names,
  publishedAnnotation,
  serverName,
} from './secrets.ts';
import type { Publication, Step, Timing } from './state.ts';

export interface StepOptions extends Names {
  /** Creates what every replica needs; must work before this process leads. */
  readonly client: Pick<KubeClient, 'create'>;
  /** For all other writes; may reject them while this process does not lead. */
  readonly guarded: Pick<KubeClient, 'create' | 'mergePatch' | 'delete'>;
  /** DNS names and IP addresses by which API servers reach the webhook server. */
  readonly hosts: readonly string[];
  readonly clock: Clock;
  readonly log: Logger;
  readonly timing: Timing;
  /** RSA key size of authorities, see AuthorityInput. */
  readonly keyBits?: number;
  /** Reads the Secrets again. */
  readonly refresh: (signal: AbortSignal) => Promise<Contents>;
}

/** One period of leadership of this process. */
export interface Leadership {
  /** Writes a CA bundle into every existing webhook configuration. */
  readonly publish: (caBundle: string, signal: AbortSignal) => Promise<void>;
  /** Aborts when the leadership ends. */
  readonly lost: AbortSignal;
  published: Publication | undefined;
}

/** The state on which a step was decided. */
export interface Situation {
  readonly contents: Contents;
  /** Undefined while this process does not lead. */
  readonly leadership: Leadership | undefined;
  readonly signal: AbortSignal;
}

type Leading = Situation & { readonly leadership: Leadership };

/** Returns a function that executes one step on Secrets and webhook configurations. It rejects if the step fails. */
export function createStepExecutor(
  options: StepOptions,
): (step: Exclude<Step, { readonly do: 'wait' }>, situation: Situation) => Promise<void> {
  const { clock, log, timing, refresh } = options;
  return execute;

  async function execute(step: Exclude<Step, { readonly do: 'wait' }>, situation: Situation): Promise<void> {
    const { leadership } = situation;
    switch (step.do) {
      case 'createAuthority':
        return create(await newAuthority(situation.contents), situation);
      case 'issueServer':
        return create(await newServer(situation.contents, step.signer), situation);
      case 'publish':
        return leadership && publish(step.authorities, { ...situation, leadership });
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
    return newAuthoritySecret({ names: options, contents: current, timing, pair });
  }

  async function newServer(current: Contents, signer: string): Promise<KubeObject> {
    const authority = current.pairs.get(signer);
    const ends = current.stored.authorities.find((one) => one.name === signer)?.notAfter;
    if (authority === undefined || ends === undefined)
      throw new Error(`Secret ${signer} contains no certificate authority`);
    const now = clock.now();
    const pair = await issueServer({
      authority,
      commonName: serverName(options.name),
      hosts: options.hosts,
      notBefore: now - timing.backdate,
      notAfter: Math.min(now + timing.serverLifetime, ends),
    });
    return newServerSecret({ names: options, contents: current, signer, hosts: options.hosts, pair });
  }

  /** A Secret that another replica created concurrently is as good. */
  async function create(object: KubeObject, { contents: current, leadership, signal }: Situation): Promise<void> {
    const { name } = object.metadata;
    const client = leadership === undefined ? options.client : options.guarded;
    try {
      await client.create({ resource: builtin.secrets, object, signal });
      log.info({ object: { namespace: options.namespace, name } }, 'Created webhook certificate');
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      const after = await refresh(signal);
      if (after.secrets.has(name) && !current.secrets.has(name)) return;
      const where = `Secret ${options.namespace}/${name}`;
      throw new Error(`${where} exists without the labels ${labelSelector(options)}: delete it`, { cause: error });
    }
  }

  async function publish(names: readonly string[], { contents: current, leadership, signal }: Leading): Promise<void> {
    const both = linkSignal(signal, leadership.lost);
    try {
      await leadership.publish(buildCaBundle(names, current), both.signal);
      leadership.published = { authorities: names, at: clock.now() };
      log.info({ authorities: names }, 'Published webhook CA bundle');
    } finally {
      both.release();
    }
  }

  async function mark(name: string, { contents: current, signal }: Situation): Promise<void> {
    const resourceVersion = current.secrets.get(name)?.metadata.resourceVersion;
    const annotations = { [publishedAnnotation]: new Date(clock.now()).toISOString() };
    const patch = { metadata: { resourceVersion, annotations } };
    await options.guarded.mergePatch({ resource: builtin.secrets, namespace: options.namespace, name, patch, signal });
  }

  async function remove(name: string, { contents: current, signal }: Situation): Promise<void> {
    const uid = current.secrets.get(name)?.metadata.uid;
    const preconditions = uid === undefined ? {} : { preconditions: { uid } };
    const { namespace } = options;
    const deletion = options.guarded.delete({ resource: builtin.secrets, namespace, name, ...preconditions, signal });
    if (await deleteIgnoringNotFound(deletion))
      log.info({ object: { namespace, name } }, 'Removed unused webhook certificate');
  }
}
