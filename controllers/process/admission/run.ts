/** The composition root of `netext admission`; every other module receives its dependencies as arguments. */

import { type Clock, type Logger, type Random, whenAborted } from '../../../pkg/clock/clock.ts';
import type { KubeObject } from '../../../pkg/gardener/objects.ts';
import { createClient, type KubeClient } from '../../../pkg/kubernetes/client/client.ts';
import { createElector, type Elector } from '../../../pkg/kubernetes/leaderelection/leader.ts';
import { closeAfterAbort } from '../../../pkg/kubernetes/transport/closing.ts';
import {
  type ConnectionConfig,
  createTransport,
  type Transport,
} from '../../../pkg/kubernetes/transport/connection.ts';
import { type DiagnosticRules, networkRules } from '../../../pkg/network/diagnostics.ts';
import type { NetworkPlugin } from '../../../pkg/network/plugin.ts';
import { type ListenAddress, orListenError } from '../../../pkg/webhook/listen.ts';
import { createWebhookServer, type WebhookServer } from '../../../pkg/webhook/server.ts';
import {
  type AdmittedType,
  leftoverConfigurations,
  type WebhookAddress,
  type WebhookKind,
  webhookConfigurations,
  webhookPaths,
} from '../../admission/configurations.ts';
import { createMutator, createValidator } from '../../admission/handlers.ts';
import { classifyAddress, sharedName } from '../../admission/ownership.ts';
import { type Certificates, createCertificates } from '../../certificates/certificates.ts';
import { healthRoute, metricsRoute } from '../../telemetry/endpoints.ts';
import { createLoopMonitor } from '../../telemetry/health/eventloop.ts';
import { leaseCheck, livenessChecks, webhookCheck } from '../../telemetry/health/health.ts';
import { createMetrics, type Metrics } from '../../telemetry/metrics/metrics.ts';
import type { ProcessProbe } from '../../telemetry/metrics/process.ts';
import { observeWebhooks } from '../../telemetry/metrics/webhook.ts';
import { type PlainServer, servePlain } from '../../telemetry/server.ts';
import { createLeaseHolderCheck } from '../../webhookconfigurations/holder.ts';
import { removeLeftovers } from '../../webhookconfigurations/leftovers.ts';
import { createPublisher, type Publisher } from '../../webhookconfigurations/publisher.ts';

export interface AdmissionProcess {
  /** Connection to the API server that sends reviews: the virtual garden. */
  readonly garden: ConnectionConfig;
  /** Connection to the cluster with certificates and Lease; undefined if it is the same. */
  readonly source: ConnectionConfig | undefined;
  /** The served plugins. */
  readonly plugins: readonly NetworkPlugin[];
  /** All plugins, also those that this process does not serve: their configurations may be left over from an earlier start. */
  readonly allPlugins: readonly Pick<NetworkPlugin, 'type' | 'completeNewShoot'>[];
  readonly kinds: readonly WebhookKind[];
  /** Name of Service and certificates, such as `gardener-extension-admission-networking`. */
  readonly name: string;
  /** Namespace of Service and certificates. */
  readonly namespace: string;
  /** Namespace in the garden that owns the webhook configurations. */
  readonly ownerNamespace: string | undefined;
  readonly address: WebhookAddress;
  /** Host names of the server for the garden. */
  readonly hosts: readonly string[];
  readonly server: ListenAddress;
  /** Undefined if this process is the only one, and leads immediately. */
  readonly leaderElection: { readonly namespace: string; readonly name: string } | undefined;
  readonly metrics: ListenAddress | undefined;
  readonly health: ListenAddress | undefined;
  readonly version: string;
  readonly probe: ProcessProbe;
  /** The unique name of this replica: the name of the pod with a random suffix. */
  readonly identity: string;
  readonly userAgent: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** The time for reviews in progress after SIGTERM; API servers wait 10 s for a response. */
const drainMs = 10_000;
/** The time after SIGTERM at which all requests are aborted; no review needs one. Kubernetes kills a pod after 30 s. */
const shutdownGraceMs = 10_000;

/**
 * Serves reviews on every replica, and maintains certificates and webhook configurations while it leads, until the signal aborts. Then it finishes
 * the reviews in progress and releases the Lease. It waits without a limit for unavailable API servers. Rejects with ListenError.
 */
export async function runAdmission(options: AdmissionProcess, signal: AbortSignal): Promise<void> {
  const { clock, random, log, userAgent } = options;
  const metrics = createProcessMetrics(options);
  const garden = createTransport({ config: options.garden, clock, logger: log, userAgent });
  const source = options.source && createTransport({ config: options.source, clock, logger: log, userAgent });
  const connect = (transport: Transport, more: object): KubeClient =>
    createClient({ transport, clock, random, ...more });
  const certificateCluster = source ?? garden;
  const leader = options.leaderElection && metrics.leader(options.leaderElection.name);
  const elector = createLeaderElection(options, {
    client: connect(certificateCluster, { timeoutMs: 5_000, onRequest: metrics.requests('lease') }),
    onChange: leader?.onChange,
  });
  if (elector !== undefined) leader?.measure(elector);
  const guard = { assertMayWrite: () => elector?.assertLeader() };
  const requests = { onRequest: metrics.requests('source') };
  const certificates = createCertificates({
    name: options.name.replace(/^gardener-extension-/, ''),
    namespace: options.namespace,
    client: connect(certificateCluster, requests),
    guarded: connect(certificateCluster, { ...requests, ...guard }),
    hosts: options.hosts,
    clock,
    random,
    log,
    onRead: metrics.certificates.read,
  });
  metrics.certificates.measure(() => certificates.expiry());
  const publisher = createConfigurationPublisher(options, {
    client: connect(garden, { ...guard, onRequest: metrics.requests('garden') }),
    source: connect(certificateCluster, requests),
  });
  const server = createServer(options, { certificates, metrics });
  const stopped = new AbortController();
  const transports = source === undefined ? [garden] : [garden, source];
  const closeInTime = closeAfterAbort({ transports, clock, afterMs: shutdownGraceMs }, signal);
  const work: Promise<unknown>[] = [];
  const plain: PlainServer[] = [];
  try {
    log.info({ garden: options.garden.server, source: options.source?.server }, 'Starting');
    await serveEndpoints(options, { metrics, server, elector, work, plain, signal: stopped.signal });
    await listen(server, options);
    work.push(certificates.run(stopped.signal));
    const lead = (lost: AbortSignal): Promise<void> => leadUntil({ certificates, publisher }, lost);
    if (elector === undefined) await lead(signal);
    else await elector.run({ signal, onStartedLeading: lead });
  } finally {
    log.info({}, 'Stopping');
    await server.close(drainMs);
    stopped.abort();
    await Promise.all([...work, ...plain.map((one) => one.close())]);
    await Promise.all(transports.map((one) => one.close()));
    closeInTime();
    log.info({}, 'Stopped');
  }
}

/** Leads until the Lease is lost. */
async function leadUntil(
  { certificates, publisher }: { readonly certificates: Certificates; readonly publisher: Publisher },
  lost: AbortSignal,
): Promise<void> {
  const publish = (bundle: string): Promise<void> => publisher.publish(bundle);
  await Promise.all([certificates.lead({ publish }, lost), publisher.run(lost), whenAborted(lost)]);
}

function createConfigurationPublisher(
  options: AdmissionProcess,
  { client, source }: { readonly client: KubeClient; readonly source: KubeClient },
): Publisher {
  const { plugins, allPlugins, kinds, address, namespace, ownerNamespace, leaderElection, clock, random, log } =
    options;
  const types = plugins.map(toAdmittedType);
  const leftovers = leftoverConfigurations({ all: allPlugins.map(toAdmittedType), types, kinds });
  const formerLease = { namespace: leaderElection?.namespace ?? namespace, name: sharedName };
  const formerIsRunning = createLeaseHolderCheck({ client: source, ...formerLease, clock });
  const matchAddress = (configuration: KubeObject): ReturnType<typeof classifyAddress> =>
    classifyAddress(configuration, options);
  return createPublisher({
    client,
    ownerNamespace,
    configurations: (given) => webhookConfigurations({ types, kinds, address, ...given }),
    removeLeftovers: () => removeLeftovers({ client, leftovers, matchAddress, formerIsRunning, log }),
    clock,
    random,
    log,
  });
}

function toAdmittedType({ type, completeNewShoot }: AdmissionProcess['allPlugins'][number]): AdmittedType {
  return { type, mutates: completeNewShoot !== undefined };
}

interface Serving {
  readonly certificates: Certificates;
  readonly metrics: Metrics;
}

function createServer(options: AdmissionProcess, { certificates, metrics }: Serving): WebhookServer {
  const { plugins, kinds, server, clock, log } = options;
  const handlers = { validator: createValidator(plugins), mutator: createMutator(plugins) };
  const routes = Object.fromEntries(kinds.map((kind) => [webhookPaths[kind], handlers[kind]]));
  const { onRequest, measure } = observeWebhooks(metrics.webhook, Object.keys(routes));
  const { host, port } = server;
  const listenAddress = host === undefined ? { port } : { host, port };
  const created = createWebhookServer({ routes, certificates, clock, log, onRequest, ...listenAddress });
  measure(created);
  return created;
}

interface Endpoints {
  readonly metrics: Metrics;
  readonly server: WebhookServer;
  readonly elector: Elector | undefined;
  readonly work: Promise<unknown>[];
  readonly plain: PlainServer[];
  readonly signal: AbortSignal;
}

async function serveEndpoints(options: AdmissionProcess, endpoints: Endpoints): Promise<void> {
  const { clock, log } = options;
  const { metrics, server, elector } = endpoints;
  const loop = createLoopMonitor({ clock, onDelay: metrics.loopDelay });
  endpoints.work.push(loop.run(endpoints.signal));
  const webhook = webhookCheck(() =>
    server.isServing() ? undefined : 'there is no certificate yet, or it expires soon',
  );
  const route = healthRoute({
    live: livenessChecks(loop),
    ready: [webhook, ...(elector === undefined ? [] : [leaseCheck(elector)])],
  });
  const wanted = [
    { name: 'health', address: options.health, route },
    { name: 'metrics', address: options.metrics, route: metricsRoute(metrics) },
  ];
  for (const { name, address, route: handler } of wanted)
    if (address !== undefined) endpoints.plain.push(await servePlain({ name, address, route: handler, log }));
}

async function listen(server: WebhookServer, { server: address, log }: AdmissionProcess): Promise<void> {
  const port = await orListenError(server.listen(), { name: 'the server for webhooks', address });
  log.info({ server: 'webhooks', host: address.host, port }, 'Serving');
}

function createLeaderElection(
  { leaderElection, identity, clock, random, log }: AdmissionProcess,
  more: { readonly client: KubeClient; readonly onChange: ((leading: boolean) => void) | undefined },
): Elector | undefined {
  const { client, onChange } = more;
  const observer = onChange === undefined ? {} : { onChange };
  return (
    leaderElection && createElector({ ...leaderElection, client, identity, clock, random, logger: log, ...observer })
  );
}

function createProcessMetrics({ plugins, clock, log, version, probe }: AdmissionProcess): Metrics {
  const types = plugins.map(({ type }) => type);
  const rules = Object.assign({}, networkRules, ...plugins.map((one) => one.rules)) as DiagnosticRules;
  return createMetrics({ command: 'admission', clock, log, version, types, rules, probe });
}
