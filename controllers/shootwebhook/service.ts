import { whenAborted } from '../../pkg/clock/clock.ts';
import { selfHostedNamespace } from '../../pkg/gardener/constants.ts';
import type { KubeClient } from '../../pkg/kubernetes/client/client.ts';
import type { PlanTools, ShootWebhook, WebhookTarget } from '../../pkg/network/plugin.ts';
import { type ListenAddress, orListenError } from '../../pkg/webhook/listen.ts';
import { createWebhookServer, type WebhookRequestInfo } from '../../pkg/webhook/server.ts';
import { createCertificates } from '../certificates/certificates.ts';
import { waitForAll } from '../seed/apply.ts';
import { shootWebhookHandler } from './handler.ts';
import { createOwnPublisher, type OwnCluster, type OwnPublisherInput } from './own.ts';
import { type PublishContext, publishShootWebhook } from './publish.ts';

/** How the shoot webhook is reached, and where it listens (docs/design/gardener.md#shoot-webhooks). */
export interface ShootWebhookAddress {
  /** Of the extension in the names of its Secrets. */
  readonly name: string;
  /** Of the Secrets with the certificates. */
  readonly namespace: string;
  /** `host` or `host:port` as API servers of shoots reach it. */
  readonly reachedAt: string;
  /** Names and addresses that the certificate must be good for. */
  readonly hosts: readonly string[];
  readonly listen: ListenAddress;
}

/** What it takes to tell shoots. */
type Told = Pick<PublishContext, 'buildResource' | 'type' | 'clock' | 'random' | 'log'>;

export interface ShootWebhookOptions extends Told, Pick<OwnPublisherInput, 'classes'> {
  /** Of the CNI of that type. */
  readonly webhook: ShootWebhook;
  readonly tools: Pick<PlanTools, 'charts'>;
  readonly address: ShootWebhookAddress;
  /** Undefined where only ManagedResources tell shoots: in a seed that is no self-hosted shoot. */
  readonly ownCluster: OwnCluster | undefined;
  /** Works whether this process leads or not. */
  readonly client: KubeClient;
  /** Writes only while this process leads. */
  readonly guarded: KubeClient;
  readonly onRequest: (info: WebhookRequestInfo) => void;
  /** Is told of each look at the certificates, whether all went well. */
  readonly onRead: (ok: boolean) => void;
}

export interface ShootWebhookService {
  /**
   * What the shoot of a namespace is to be told by a ManagedResource; undefined for the one that this runs in. Throws while there is no
   * certificate authority yet: half a configuration would stop its DNS.
   */
  target(namespace: string): WebhookTarget | undefined;
  /**
   * Nothing for other namespaces than that of the shoot that this runs in. There, the webhook configuration is made or removed, as its
   * Networks want it. Throws while it is wanted and there is no certificate authority yet, and what the client throws.
   */
  settle(namespace: string): Promise<void>;
  /** Resolves when shoots can be told, or the signal aborts. */
  ready(signal: AbortSignal): Promise<void>;
  /** Why API servers cannot be answered now. */
  problem(): string | undefined;
  /** Requests at a path that wait for their answer. */
  inFlight(path: string): number;
  /** When certificate and authority end, in milliseconds since the epoch. */
  expiry(): { readonly authority: number | undefined; readonly server: number | undefined };
  /** Starts to listen; rejects when the address cannot be had. */
  listen(): Promise<void>;
  /** Keeps the certificate until the signal aborts; every replica serves. */
  run(signal: AbortSignal): Promise<void>;
  /** Rotates the certificates, and tells all shoots, until `lost` aborts. */
  lead(lost: AbortSignal): Promise<void>;
  close(deadlineMs: number): Promise<void>;
}

const notYet = 'the certificates of the shoot webhook are not there yet';

/**
 * Real objects of NodeLocalDNS have a few kilobytes, twice in an update. Shoots are strangers, so that they get less than
 * the largest object that an API server would send.
 */
const maxReviewBytes = 1.5 * 1024 * 1024;

/** The endpoint of a CNI's webhook for shoots, with its certificates and their rotation. */
export function createShootWebhookService(options: ShootWebhookOptions): ShootWebhookService {
  const { address, webhook, tools, client, guarded, clock, random, log } = options;
  const url = `https://${address.reachedAt}${webhook.path}`;
  const plan = (target: WebhookTarget) => webhook.plan(target, tools);
  const certificates = createCertificates({ ...address, client, guarded, clock, random, log, onRead: options.onRead });
  const server = createWebhookServer({
    routes: { [webhook.path]: shootWebhookHandler(webhook) },
    certificates,
    clock,
    log,
    ...(address.listen.host === undefined ? {} : { host: address.listen.host }),
    port: address.listen.port,
    limits: { maxBytes: maxReviewBytes },
    onRequest: options.onRequest,
  });

  const own =
    options.ownCluster &&
    createOwnPublisher({ ...options, plan, client: guarded, ownCluster: options.ownCluster, url });
  const isOwn = (namespace: string): boolean => own !== undefined && namespace === selfHostedNamespace;

  /** A self-hosted shoot may be a seed, too. Neither its own API server nor other shoots wait for what is wrong with the other. */
  async function publish(caBundle: string, signal: AbortSignal): Promise<void> {
    const tellOwn = own === undefined ? [] : [own.publish(caBundle)];
    await waitForAll([...tellOwn, tellOthers(caBundle, signal)]);
  }

  async function tellOthers(caBundle: string, signal: AbortSignal): Promise<void> {
    const told = await publishShootWebhook({ ...options, plan, client: guarded }, { url, caBundle, signal });
    log.info({ ...told }, 'Shoots know the CA bundle of the webhook');
  }

  return {
    target(namespace) {
      if (isOwn(namespace)) return undefined;
      const caBundle = certificates.caBundle();
      if (caBundle === undefined) throw new Error(notYet);
      return { caBundle: Buffer.from(caBundle).toString('base64'), url };
    },
    async settle(namespace) {
      if (own === undefined || !isOwn(namespace)) return;
      const caBundle = certificates.caBundle();
      if (caBundle !== undefined) return own.publish(caBundle);
      if (!(await own.check())) throw new Error(notYet);
    },
    ready: (signal) =>
      new Promise((resolve) => {
        const done = (): void => {
          if (certificates.caBundle() === undefined && !signal.aborted) return;
          unsubscribe();
          signal.removeEventListener('abort', done);
          resolve();
        };
        const unsubscribe = certificates.subscribe(done);
        signal.addEventListener('abort', done, { once: true });
        done();
      }),
    problem: () => (server.isServing() ? undefined : 'there is no certificate yet, or the server does not listen'),
    inFlight: (path) => server.inFlight(path),
    expiry: () => certificates.expiry(),
    async listen() {
      const port = await orListenError(server.listen(), { name: 'the webhook', address: address.listen });
      log.info({ server: 'webhook', port, url }, 'Serving');
    },
    run: (signal) => certificates.run(signal),
    async lead(lost) {
      await Promise.all([certificates.lead({ publish }, lost), own?.run(lost), whenAborted(lost)]);
    },
    close: (deadlineMs) => server.close(deadlineMs),
  };
}
