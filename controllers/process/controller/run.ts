/** The composition root of `netext controller`; all other code receives its dependencies as arguments. */

import { type Clock, type Logger, linkSignal, type Random, sleep, whenAborted } from '../../../pkg/clock/clock.ts';
import { createClient, type KubeClient } from '../../../pkg/kubernetes/client/client.ts';
import { createRateLimiter } from '../../../pkg/kubernetes/client/ratelimit.ts';
import { createEventRecorder } from '../../../pkg/kubernetes/events/events.ts';
import { beat } from '../../../pkg/kubernetes/leaderelection/heartbeat.ts';
import { createElector, type Elector } from '../../../pkg/kubernetes/leaderelection/leader.ts';
import { closeLate } from '../../../pkg/kubernetes/transport/closing.ts';
import {
  type ConnectionConfig,
  createTransport,
  type Transport,
} from '../../../pkg/kubernetes/transport/connection.ts';
import { createManagedResourceRenderer } from '../../../pkg/managedresource/build.ts';
import type { NetworkPlugin, PlanTools } from '../../../pkg/network/plugin.ts';
import { createNetworkController, type NetworkController } from '../../network/controller.ts';
import { createOwnReader, createShootReader } from '../../network/shoot-reader.ts';
import type { OwnCluster } from '../../shootwebhook/own.ts';
import { createShootWebhook, type ShootWebhook, type ShootWebhookAddress } from '../../shootwebhook/service.ts';
import type { Metrics } from '../../telemetry/metrics/metrics.ts';
import { type Addresses, startTelemetry, type Telemetry } from './telemetry.ts';

export interface ProcessOptions {
  readonly connection: ConnectionConfig;
  readonly plugins: readonly NetworkPlugin[];
  /** Creates the tools for plans; the argument observes cache hits of renderings. */
  readonly tools: (rendered: Metrics['networks']['rendered']) => PlanTools;
  readonly featureGates: Readonly<Record<string, boolean>>;
  readonly classes: readonly string[];
  readonly concurrency: number;
  readonly ignoreOperationAnnotation: boolean;
  /** Undefined if this is the only replica, which leads immediately. */
  readonly leaderElection: { readonly namespace: string; readonly name: string } | undefined;
  /** Undefined if the heartbeat is disabled. */
  readonly heartbeat: { readonly namespace: string; readonly holder: string; readonly seconds: number } | undefined;
  readonly addresses: Addresses;
  /** Undefined: not served, and shoots keep what they have been told. */
  readonly webhook: ShootWebhookOf | undefined;
  /** True in a self-hosted shoot, whose Network is in kube-system (docs/design/gardener.md#self-hosted-shoots); other namespaces belong to a seed. */
  readonly selfHosted: boolean;
  /** Unique per replica: the name of the pod and a random part. */
  readonly identity: string;
  readonly version: string;
  /**
   * Client limits, except for Leases. Undefined if requests are limited by the number of workers only: the API server protects itself by
   * priority and fairness, and a limit of 100 requests per second would slow down the restart of a large seed by a factor of ten.
   */
  readonly limits: { readonly qps: number; readonly burst: number } | undefined;
  /** True outside of the seed: only the kubeconfig in Secret `gardener` of a shoot is used (docs/design/gardener.md#cluster). */
  readonly externalShootClient: boolean;
  /** Returns a new UUID. */
  readonly newId: () => string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

export interface ShootWebhookOf {
  readonly address: ShootWebhookAddress;
  readonly ownCluster: OwnCluster | undefined;
  /** The CNI that has it. */
  readonly type: string;
  readonly plan: (target: Parameters<ShootWebhookPlan>[0], tools: PlanTools) => ReturnType<ShootWebhookPlan>;
}

type ShootWebhookPlan = Parameters<typeof createShootWebhook>[0]['plan'];

/** Time for running reconciles after SIGTERM or a lost Lease; Kubernetes kills a pod after 30 s, and the shutdown has further steps. */
const drainMs = 15_000;
/** Time after SIGTERM until connections to the API server are closed; by then the Lease has been released, or cannot be. */
const shutdownGraceMs = 20_000;
/** Time that a new leader waits for the certificates of the webhook. */
const certificatesMs = 10_000;
/** Time for running reviews when the webhook server closes. */
const closeMs = 3_000;

/**
 * Runs until the signal aborts, then drains and releases the Lease. An unavailable API server is retried forever, since a restart of this
 * process would not help. Rejects with ListenError if an address is not available.
 */
export async function runProcess(options: ProcessOptions, signal: AbortSignal): Promise<void> {
  const { connection, clock, log, version } = options;
  const telemetry = startTelemetry(options);
  const transport = createTransport({
    config: connection,
    clock,
    logger: log,
    userAgent: `gardener-extension-networking/${version}`,
  });
  const parts = createParts(options, { telemetry, transport });
  const { controller, webhook, elector } = parts;
  const stopped = new AbortController();
  const closeInTime = closeLate({ transports: [transport], clock, afterMs: shutdownGraceMs }, signal);
  signal.addEventListener('abort', () => log.info({}, 'Stopping'), { once: true });
  const background: Promise<void>[] = [];
  try {
    await telemetry.serve({ controller, elector, webhook });
    await webhook?.listen();
    log.info({ server: connection.server, origin: connection.origin }, 'Starting');
    background.push(telemetry.run(stopped.signal), controller.watch(stopped.signal));
    if (webhook !== undefined) background.push(webhook.run(stopped.signal));
    if (!(await controller.waitForSync(signal))) return;
    log.info({ networks: controller.networks.size }, 'Synced caches');
    const lead = (lost: AbortSignal): Promise<void> => leadUntil({ options, parts }, lost);
    if (elector === undefined) await lead(signal);
    else await elector.run({ signal, lead });
  } finally {
    stopped.abort();
    await Promise.all(background);
    await webhook?.close(closeMs);
    await telemetry.close();
    await transport.close();
    closeInTime();
    log.info({}, 'Stopped');
  }
}

interface Parts {
  readonly controller: NetworkController;
  readonly webhook: ShootWebhook | undefined;
  readonly elector: Elector | undefined;
  /** The client for Leases, without rate limit and leadership guard. */
  readonly leases: KubeClient;
}

interface Infrastructure {
  readonly telemetry: Telemetry;
  readonly transport: Transport;
}

function createParts(options: ProcessOptions, { telemetry, transport }: Infrastructure): Parts {
  const { clock, random, log, limits } = options;
  const onRequest = telemetry.metrics.requests(new URL(options.connection.server).host);
  const leases = createClient({ transport, clock, random, onRequest, timeoutMs: 5_000 });
  const elector = createProcessElector(options, { leases, metrics: telemetry.metrics });
  const client = createClient({
    transport,
    clock,
    random,
    onRequest,
    ...(limits && { limiter: createRateLimiter({ ...limits, clock }) }),
    mayWrite: () => elector?.assertLeader(),
  });
  const bundle = createManagedResourceRenderer();
  const tools = options.tools(telemetry.metrics.networks.rendered);
  const webhook =
    options.webhook &&
    createShootWebhook({
      ...options.webhook,
      classes: options.classes,
      client: leases,
      guarded: client,
      bundle,
      plan: planOf(options.webhook, tools),
      onRequest: telemetry.onWebhookRequest,
      onRead: telemetry.metrics.certificates.read,
      clock,
      random,
      log,
    });
  const events = createEventRecorder({
    client,
    component: 'gardener-extension-networking',
    instance: options.identity,
    clock,
    logger: log,
    onOutcome: telemetry.metrics.networks.event,
  });
  const secretNames = options.externalShootClient ? ['gardener'] : ['gardener-internal', 'gardener'];
  const readShoot = createShootReader({ seed: client, clock, random, log, secretNames });
  const context = {
    ...options,
    client,
    tools,
    bundle,
    events,
    planned: telemetry.metrics.networks.planned,
    readShoot: options.selfHosted ? createOwnReader({ client, others: readShoot }) : readShoot,
    webhookTarget: (namespace: string) => webhook?.target(namespace),
    settleWebhook: async (namespace: string) => webhook?.settle(namespace),
  };
  const controller = createNetworkController({ ...options, context, telemetry: telemetry.controller });
  return { controller, webhook, elector, leases };
}

function planOf({ plan }: ShootWebhookOf, tools: PlanTools): ShootWebhookPlan {
  return (target) => plan(target, tools);
}

interface Leadership {
  readonly options: ProcessOptions;
  readonly parts: Parts;
}

/** Leads until the signal aborts, then drains running reconciles. */
async function leadUntil({ options, parts }: Leadership, lost: AbortSignal): Promise<void> {
  const { heartbeat, clock, log } = options;
  const { controller, webhook, leases } = parts;
  const rotating = webhook?.lead(lost);
  if (webhook !== undefined) await waitForCertificates({ webhook, clock }, lost);
  controller.lead();
  if (heartbeat !== undefined) await beat({ ...heartbeat, client: leases, clock, logger: log }, lost);
  else await whenAborted(lost);
  if (!(await controller.follow(drainMs)))
    log.warn({ drainMs }, 'Reconciles did not finish within drainMs; the next leader will retry them');
  await rotating;
}

/** Waits for the certificates, which the first start creates; with a limit, since Networks without the webhook do not need them. */
async function waitForCertificates(
  { webhook, clock }: { readonly webhook: ShootWebhook; readonly clock: Clock },
  lost: AbortSignal,
): Promise<void> {
  const done = linkSignal(lost);
  await Promise.race([webhook.ready(done.signal), sleep(clock, certificatesMs, done.signal)]);
  done.abort();
  done.release();
}

function createProcessElector(
  options: ProcessOptions,
  { leases, metrics }: { readonly leases: KubeClient; readonly metrics: Metrics },
): Elector | undefined {
  const { leaderElection, identity, clock, random, log } = options;
  if (leaderElection === undefined) return undefined;
  const gauges = metrics.leader(leaderElection.name);
  const { onChange } = gauges;
  const elector = createElector({ ...leaderElection, client: leases, identity, clock, random, logger: log, onChange });
  gauges.measure(elector);
  return elector;
}
