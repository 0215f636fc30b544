/** The one place where the long-running process is put together; everything else gets what it needs as an argument. */

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
import { createBundler } from '../../../pkg/managedresource/build.ts';
import type { NetworkPlugin, PlanTools, ShootWebhook } from '../../../pkg/network/plugin.ts';
import { createApiServerAddressReader, createHostResolver } from '../../network/api-server-addresses.ts';
import type { NetworkContext } from '../../network/context.ts';
import { createNetworkController, type NetworkController } from '../../network/controller.ts';
import { createOwnReader, createShootReader } from '../../network/shoot-reader.ts';
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
  /** Is told of each template whether its rendering was remembered. */
  readonly tools: (rendered: Metrics['networks']['rendered']) => PlanTools;
  readonly featureGates: Readonly<Record<string, boolean>>;
  readonly operatorDefaults: NetworkContext['operatorDefaults'];
  readonly classes: readonly string[];
  readonly concurrency: number;
  readonly ignoreOperationAnnotation: boolean;
  /** Undefined: this process is the only one and leads at once. */
  readonly leaderElection: { readonly namespace: string; readonly name: string } | undefined;
  /** Undefined: there is no namespace for a heartbeat. */
  readonly heartbeat: { readonly namespace: string; readonly holder: string; readonly seconds: number } | undefined;
  readonly addresses: Addresses;
  /** Undefined: not served, and shoots keep what they have been told. */
  readonly webhook: ServedShootWebhook | undefined;
  /** Paths of the webhooks of all CNIs, served or not, whose metrics exist from the start. */
  readonly webhookPaths: readonly string[];
  /** This runs in a self-hosted shoot, whose Network is in kube-system (docs/design/gardener.md#self-hosted-shoots); other namespaces are those of a seed. */
  readonly selfHosted: boolean;
  /** Distinguishes replicas: the name of the pod and something random. */
  readonly identity: string;
  readonly version: string;
  /**
   * Requests per second and their burst, Leases aside. Undefined: no limit but the number of workers; the API server protects itself by
   * priority and fairness, and a bucket of 100 per second would make a landscape's restart ten times slower than it need be.
   */
  readonly limits: { readonly qps: number; readonly burst: number } | undefined;
  /** Only the kubeconfig in Secret `gardener` of a shoot is used: this process is outside of the seed (docs/design/gardener.md#cluster). */
  readonly externalShootClient: boolean;
  /** A UUID, another one each time. */
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

/** How long running reconciles may go on after SIGTERM or a lost lease; Kubernetes kills a pod after 30 s, and there is more to do after them. */
const drainMs = 15_000;
/** And so long after SIGTERM nothing waits for the API server any more: by then the lease has been given back, or cannot be. */
const patienceMs = 20_000;
/** How long a new leader waits for the certificates of the webhook. */
const certificatesMs = 10_000;
/** How long reviews that have begun may take in the end. */
const closeMs = 3_000;

/**
 * Runs until the signal aborts, then drains and gives the lease back. An API server that is away is waited for, always: a restart of
 * this process would not bring it back. Rejects with CannotListen when an address cannot be had.
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
  const parts = partsOf(options, { telemetry, transport });
  const { controller, webhook, elector } = parts;
  const stopped = new AbortController();
  const closeInTime = closeLate({ transports: [transport], clock, afterMs: patienceMs }, signal);
  signal.addEventListener('abort', () => log.info({}, 'Stopping'), { once: true });
  const background: Promise<void>[] = [];
  try {
    await telemetry.serve({ controller, elector, webhook });
    await webhook?.listen();
    log.info({ server: connection.server, origin: connection.origin }, 'Starting');
    background.push(telemetry.run(stopped.signal), controller.watch(stopped.signal));
    if (webhook !== undefined) background.push(webhook.run(stopped.signal));
    if (!(await controller.waitForSync(signal))) return;
    log.info({ networks: controller.networks.size }, 'Caches are in sync');
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
  readonly webhook: ShootWebhookService | undefined;
  readonly elector: Elector | undefined;
  /** Without limit and guard: for Leases. */
  readonly leases: KubeClient;
}

interface Ground {
  readonly telemetry: Telemetry;
  readonly transport: Transport;
}

function partsOf(options: ProcessOptions, { telemetry, transport }: Ground): Parts {
  const { clock, random, log, limits } = options;
  const onRequest = telemetry.metrics.requests(new URL(options.connection.server).host);
  const leases = createClient({ transport, clock, random, onRequest, timeoutMs: 5_000 });
  const elector = electorOf(options, { leases, metrics: telemetry.metrics });
  const client = createClient({
    transport,
    clock,
    random,
    onRequest,
    ...(limits && { limiter: createRateLimiter({ ...limits, clock }) }),
    mayWrite: () => elector?.assertLeader(),
  });
  const bundle = createBundler();
  const tools = options.tools(telemetry.metrics.networks.rendered);
  const webhook =
    options.webhook &&
    createShootWebhookService({
      ...options.webhook,
      classes: options.classes,
      client: leases,
      guarded: client,
      bundle,
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
    bundle,
    events,
    planned: telemetry.metrics.networks.planned,
    readShoot: options.selfHosted ? createOwnReader({ client, others: readShoot }) : readShoot,
    readApiServerAddresses: createApiServerAddressReader({ client, resolve: createHostResolver({ clock }) }),
    webhookTarget: (namespace: string) => webhook?.target(namespace),
    settleWebhook: async (namespace: string) => webhook?.settle(namespace),
  };
  const controller = createNetworkController({ ...options, context, telemetry: telemetry.controller });
  return { controller, webhook, elector, leases };
}

interface Term {
  readonly options: ProcessOptions;
  readonly parts: Parts;
}

/** One term as the leader. */
async function leadUntil({ options, parts }: Term, lost: AbortSignal): Promise<void> {
  const { heartbeat, clock, log } = options;
  const { controller, webhook, leases } = parts;
  const rotating = webhook?.lead(lost);
  if (webhook !== undefined) await certified({ webhook, clock }, lost);
  controller.lead();
  if (heartbeat !== undefined) await beat({ ...heartbeat, client: leases, clock, logger: log }, lost);
  else await whenAborted(lost);
  if (!(await controller.follow(drainMs)))
    log.warn({ drainMs }, 'Runs were abandoned; what is stored says what is left to do');
  await rotating;
}

/** A first start makes its certificates in a moment. Where they cannot be had at all, Networks that do not need them are not to wait. */
async function certified(
  { webhook, clock }: { readonly webhook: ShootWebhookService; readonly clock: Clock },
  lost: AbortSignal,
): Promise<void> {
  const enough = linkSignal(lost);
  await Promise.race([webhook.ready(enough.signal), sleep(clock, certificatesMs, enough.signal)]);
  enough.abort();
  enough.release();
}

function electorOf(
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
