import type { KubeClient } from '../../pkg/kubernetes/client.ts';
import { type Clock, type Logger, type Random, whenAborted } from '../../pkg/kubernetes/clock.ts';
import type { Bundler } from '../../pkg/managedresource/build.ts';
import type { ManagedResourcePlan, WebhookTarget } from '../../pkg/network/plugin.ts';
import { createWebhookServer, type WebhookRequestInfo } from '../../pkg/webhook/server.ts';
import { createCertificates } from '../certificates/certificates.ts';
import { type ListenAddress, orCannotListen } from '../telemetry/server.ts';
import { handleShootWebhook, shootWebhookPath } from './handler.ts';
import { publishShootWebhook } from './publish.ts';

/** How the shoot webhook is reached, and where it listens (contract.md §3.7). */
export interface ShootWebhookAddress {
  /** Of the extension in the names of its Secrets: `networking-cilium`. */
  readonly name: string;
  /** Of the Secrets with the certificates. */
  readonly namespace: string;
  /** `host` or `host:port` as API servers of shoots reach it. */
  readonly reachedAt: string;
  /** Names and addresses that the certificate must be good for. */
  readonly hosts: readonly string[];
  readonly listen: ListenAddress;
}

export interface ShootWebhookOptions {
  readonly address: ShootWebhookAddress;
  /** Works whether this process leads or not. */
  readonly client: KubeClient;
  /** Writes only while this process leads. */
  readonly guarded: KubeClient;
  readonly bundle: Bundler;
  /** The ManagedResource that tells a shoot of the webhook, and the type of the Networks that have one. */
  readonly plan: (target: WebhookTarget) => ManagedResourcePlan;
  readonly type: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly onRequest: (info: WebhookRequestInfo) => void;
  /** Is told of each look at the certificates, whether all went well. */
  readonly onRead: (ok: boolean) => void;
}

export interface ShootWebhook {
  /** What shoots are to be told. Throws while there is no certificate authority yet: half a configuration would stop their DNS. */
  target(): WebhookTarget;
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

/** The endpoint that API servers of shoots ask about NodeLocalDNS, with its certificates and their rotation. */
export function createShootWebhook(options: ShootWebhookOptions): ShootWebhook {
  const { address, client, guarded, clock, random, log } = options;
  const url = `https://${address.reachedAt}${shootWebhookPath}`;
  const certificates = createCertificates({ ...address, client, guarded, clock, random, log, onRead: options.onRead });
  const server = createWebhookServer({
    routes: { [shootWebhookPath]: handleShootWebhook },
    certificates,
    clock,
    log,
    ...(address.listen.host === undefined ? {} : { host: address.listen.host }),
    port: address.listen.port,
    onRequest: options.onRequest,
  });

  async function publish(caBundle: string, signal: AbortSignal): Promise<void> {
    const told = await publishShootWebhook({ ...options, client: guarded }, { url, caBundle, signal });
    log.info({ ...told }, 'Shoots know the CA bundle of the webhook');
  }

  return {
    target() {
      const caBundle = certificates.caBundle();
      if (caBundle === undefined) throw new Error('the certificates of the shoot webhook are not there yet');
      return { caBundle: Buffer.from(caBundle).toString('base64'), url };
    },
    problem: () => (server.isServing() ? undefined : 'there is no certificate yet, or the server does not listen'),
    inFlight: (path) => server.inFlight(path),
    expiry: () => certificates.expiry(),
    async listen() {
      const port = await orCannotListen(server.listen(), { name: 'the webhook', address: address.listen });
      log.info({ server: 'webhook', port, url }, 'Serving');
    },
    run: (signal) => certificates.run(signal),
    async lead(lost) {
      await certificates.lead({ publish }, lost);
      await whenAborted(lost);
    },
    close: (deadlineMs) => server.close(deadlineMs),
  };
}
