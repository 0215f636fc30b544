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

/** Addresses of the shoot webhook, for its clients and for its listener (docs/design/gardener.md#shoot-webhooks). */
export interface ShootWebhookAddress {
  /** Name of the extension, which is part of the names of its Secrets. */
  readonly name: string;
  /** Namespace of the Secrets with the certificates. */
  readonly namespace: string;
  /** `host` or `host:port` for API servers of shoots. */
  readonly reachedAt: string;
  /** Names and addresses that the certificate must contain. */
  readonly hosts: readonly string[];
  readonly listen: ListenAddress;
}

type PublishOptions = Pick<PublishContext, 'buildResource' | 'type' | 'clock' | 'random' | 'log'>;

export interface ShootWebhookOptions extends PublishOptions, Pick<OwnPublisherInput, 'classes'> {
  /** The webhook of the CNI of this type. */
  readonly webhook: ShootWebhook;
  readonly tools: Pick<PlanTools, 'charts'>;
  readonly address: ShootWebhookAddress;
  /** Undefined unless the process runs in a self-hosted shoot; other shoots get the webhook by ManagedResources. */
  readonly ownCluster: OwnCluster | undefined;
  /** Independent of leadership. */
  readonly client: KubeClient;
  /** Writes only while this process leads. */
  readonly guarded: KubeClient;
  readonly onRequest: (info: WebhookRequestInfo) => void;
  /** Called after each pass over the certificates, with its success. */
  readonly onRead: (ok: boolean) => void;
}

export interface ShootWebhookService {
  /**
   * Returns the webhook target to publish to the shoot of a namespace by a ManagedResource; undefined for the shoot in which this process
   * runs. Throws until a certificate authority exists: an incomplete configuration would break the DNS of the shoot.
   */
  webhookTargetFor(namespace: string): WebhookTarget | undefined;
  /**
   * Creates, updates or deletes the webhook configuration in the shoot in which this process runs, depending on its Networks; does nothing for
   * other namespaces. Throws if the configuration is required and no certificate authority exists yet, and the errors of the client.
   */
  ensureSelfHostedConfiguration(namespace: string): Promise<void>;
  /** Resolves when a CA bundle is available, or the signal aborts. */
  ready(signal: AbortSignal): Promise<void>;
  /** Returns the reason why requests cannot be served; undefined if they can. */
  problem(): string | undefined;
  /** Returns the number of requests in progress at a path. */
  inFlight(path: string): number;
  /** Expiry of the serving certificate and its authority in milliseconds since the epoch. */
  expiry(): { readonly authority: number | undefined; readonly server: number | undefined };
  /** Starts to listen; rejects if the address is not available. */
  listen(): Promise<void>;
  /** Maintains the serving certificate until the signal aborts; every replica serves. */
  run(signal: AbortSignal): Promise<void>;
  /** Rotates the certificates and publishes their CA bundle to all shoots, until `lost` aborts. */
  lead(lost: AbortSignal): Promise<void>;
  close(deadlineMs: number): Promise<void>;
}

const notYet = 'the certificates of the shoot webhook do not exist yet';

/**
 * Objects of NodeLocalDNS have a few kilobytes, and a review of an update contains two of them. Shoots are not trusted, so the limit is lower
 * than the size of the largest object of an API server.
 */
const maxReviewBytes = 1.5 * 1024 * 1024;

/** Creates the server of a CNI's webhook for shoots, with its certificates and their rotation. */
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

  /** A self-hosted shoot may also be a seed: a failure for its own API server must not delay other shoots, nor the reverse. */
  async function publish(caBundle: string, signal: AbortSignal): Promise<void> {
    const publishOwn = own === undefined ? [] : [own.publish(caBundle)];
    await waitForAll([...publishOwn, publishToShoots(caBundle, signal)]);
  }

  async function publishToShoots(caBundle: string, signal: AbortSignal): Promise<void> {
    const published = await publishShootWebhook({ ...options, plan, client: guarded }, { url, caBundle, signal });
    log.info({ ...published }, 'Published webhook CA bundle to shoots');
  }

  return {
    webhookTargetFor(namespace) {
      if (isOwn(namespace)) return undefined;
      const caBundle = certificates.caBundle();
      if (caBundle === undefined) throw new Error(notYet);
      return { caBundle: Buffer.from(caBundle).toString('base64'), url };
    },
    async ensureSelfHostedConfiguration(namespace) {
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
    problem: () => (server.isServing() ? undefined : 'no certificate yet, or the server does not listen'),
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
