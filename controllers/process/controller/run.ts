/** The composition root of `netext controller`; every other module receives its dependencies as arguments. */

import { type Clock, type Logger, linkSignal, type Random, sleep, whenAborted } from '../../../pkg/clock/clock.ts';
import { createClient, type KubeClient } from '../../../pkg/kubernetes/client/client.ts';
import { createRateLimiter } from '../../../pkg/kubernetes/client/ratelimit.ts';
import { createEventRecorder } from '../../../pkg/kubernetes/events/events.ts';
import { runHeartbeat } from '../../../pkg/kubernetes/leaderelection/heartbeat.ts';
import { createElector, type Elector } from '../../../pkg/kubernetes/leaderelection/leader.ts';
import { closeAfterAbort } from '../../../pkg/kubernetes/transport/closing.ts';
import {
  type ConnectionConfig,
  createTransport,
  type Transport,
} from '../../../pkg/kubernetes/transport/connection.ts';
import { createManagedResourceRenderer } from '../../../pkg/managedresource/build.ts';
import type { NetworkPlugin, PlanTools, ShootWebhook } from '../../../pkg/network/plugin.ts';
import { createApiServerAddressReader, createHostResolver } from '../../network/api-server-addresses.ts';
import type { NetworkContext } from '../../network/context.ts';
import { createNetworkController, type NetworkController } from '../../network/controller.ts';
import { createSelfHostedReader, createShootReader } from '../../network/shoot-reader.ts';
import { createWaitTimes } from '../../network/waits.ts';
import type { OwnCluster } from '../../shootwebhook/own.ts';
import {
  createShootWebhookService,
  type ShootWebhookAddress,
  type ShootWebhookService,
} from '../../shootwebhook/service.ts';
import type { Metrics } from '../../telemetry/metrics/metrics.ts';
import { type Addresses, startTelemetry, type Telemetry } from './telemetry.ts';

export interface ProcessOptions {
  readonly connection: ConnectionConfig;
  readonly plugins: readonly NetworkPlugin[];
  /** Creates the plan tools; the callback is called with `hit` or `miss` for each template. */
  readonly tools: (rendered: Metrics['networks']['rendered']) => PlanTools;
  readonly featureGates: Readonly<Record<string, boolean>>;
  readonly operatorDefaults: NetworkContext['operatorDefaults'];
  readonly classes: readonly string[];
  readonly concurrency: number;
  readonly ignoreOperationAnnotation: boolean;
  /** Undefined if this process is the only one, and leads immediately. */
  readonly leaderElection: { readonly namespace: string; readonly name: string } | undefined;
  /** Undefined without a namespace for the Lease of the heartbeat. */
  readonly heartbeat: { readonly namespace: string; readonly holder: string; readonly seconds: number } | undefined;
  readonly addresses: Addresses;
  /** Undefined if the shoot webhook is disabled; what was published to shoots remains. */
  readonly webhook: ServedShootWebhook | undefined;
  /** Paths of the webhooks of all CNIs, served or not, whose metrics exist from the start. */
  readonly webhookPaths: readonly string[];
  /** True if this process runs in a self-hosted shoot, whose Network is in kube-system (docs/design/gardener.md#self-hosted-shoots). Networks in other namespaces are those of a seed. */
  readonly selfHosted: boolean;
  /** The unique name of this replica: the name of the pod with a random suffix. */
  readonly identity: string;
  readonly version: string;
  /**
   * Requests per second and their burst, except for Leases. Undefined for no limit but the number of workers: the API server protects itself by
   * priority and fairness, and 100 requests per second would make the restart of a landscape ten times slower.
   */
  readonly limits: { readonly qps: number; readonly burst: number } | undefined;
  /** True if this process runs outside of the seed, so that it uses only the kubeconfig in Secret `gardener` of a shoot (docs/design/gardener.md#cluster). */
  readonly externalShootClient: boolean;
  /** Returns a new UUID. */
  readonly newId: () => string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

export interface ServedShootWebhook {
  readonly address: ShootWebhookAddress;
  readonly ownCluster: OwnCluster | undefined;
  /** The CNI that has it. */
  readonly type: string;
  readonly webhook: ShootWebhook;
}

/**
 * The time for running reconciles after SIGTERM or a lost Lease. Kubernetes kills a pod after 30 s, which include the steps after them: up to
 * 2 s for the rotation of certificates, and 5 s for the release of the Lease, whatever a request takes.
 */
const drainMs = 12_000;
const rotationMs = 2_000;
/** The time after SIGTERM at which all requests are aborted; the Lease is released by then, or the API server is unavailable. */
const shutdownGraceMs = 20_000;
/** The time that a new leader waits for the certificates of the webhook. */
const certificatesMs = 10_000;
/** The time for reviews in progress at shutdown. */
const closeMs = 3_000;

/**
 * Runs until the signal aborts, then drains and releases the Lease. It waits without a limit for an unavailable API server, because a restart
 * would not make it available. Rejects with ListenError when an address is in use.
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
  const closeInTime = closeAfterAbort({ transports: [transport], clock, afterMs: shutdownGraceMs }, signal);
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
    else await elector.run({ signal, onStartedLeading: lead });
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
  readonly webhook: ShootWebhookService | undefined;
  readonly elector: Elector | undefined;
  /** A client for Leases, without rate limit and write guard. */
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
  const elector = createLeaderElection(options, { leases, metrics: telemetry.metrics });
  const client = createClient({
    transport,
    clock,
    random,
    onRequest,
    ...(limits && { limiter: createRateLimiter({ ...limits, clock }) }),
    assertMayWrite: () => elector?.assertLeader(),
  });
  const buildResource = createManagedResourceRenderer();
  const tools = options.tools(telemetry.metrics.networks.rendered);
  const webhook =
    options.webhook &&
    createShootWebhookService({
      ...options.webhook,
      classes: options.classes,
      client: leases,
      guarded: client,
      buildResource,
      tools,
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
    buildResource,
    waits: createWaitTimes(clock),
    events,
    onPlan: telemetry.metrics.networks.onPlan,
    readShoot: options.selfHosted ? createSelfHostedReader({ client, others: readShoot, clock }) : readShoot,
    readApiServerAddresses: createApiServerAddressReader({ client, resolve: createHostResolver({ clock }) }),
    webhookTarget: (namespace: string) => webhook?.webhookTargetFor(namespace),
    ensureSelfHostedWebhook: async (namespace: string) => webhook?.ensureSelfHostedConfiguration(namespace),
  };
  const controller = createNetworkController({ ...options, context, telemetry: telemetry.controller });
  return { controller, webhook, elector, leases };
}

interface Leadership {
  readonly options: ProcessOptions;
  readonly parts: Parts;
}

/** Leads until the Lease is lost. */
async function leadUntil({ options, parts }: Leadership, lost: AbortSignal): Promise<void> {
  const { heartbeat, clock, log } = options;
  const { controller, webhook, leases } = parts;
  const rotating = webhook?.lead(lost);
  if (webhook !== undefined) await waitForCertificates({ webhook, clock }, lost);
  controller.startLeading();
  if (heartbeat !== undefined) await runHeartbeat({ ...heartbeat, client: leases, clock, logger: log }, lost);
  else await whenAborted(lost);
  if (!(await controller.stopLeading(drainMs)))
    log.warn({ drainMs }, 'Reconciles did not finish within drainMs; the next leader will retry them');
  // Its requests have been aborted. The Lease must not wait for them; a write that still arrives carries preconditions.
  const enough = new AbortController();
  await Promise.race([rotating, sleep(clock, rotationMs, enough.signal)]);
  enough.abort();
}

/** The first start creates the certificates within a second. If that fails, Networks that do not need them must not wait. */
async function waitForCertificates(
  { webhook, clock }: { readonly webhook: ShootWebhookService; readonly clock: Clock },
  lost: AbortSignal,
): Promise<void> {
  const done = linkSignal(lost);
  await Promise.race([webhook.ready(done.signal), sleep(clock, certificatesMs, done.signal)]);
  done.abort();
  done.release();
}

function createLeaderElection(
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
