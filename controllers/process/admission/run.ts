/** The place where `netext admission` is put together; everything else gets what it needs as an argument. */

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
import { type ListenAddress, orCannotListen } from '../../../pkg/webhook/listen.ts';
import { createWebhookServer, type WebhookServer } from '../../../pkg/webhook/server.ts';
import { answeredAt, sharedName } from '../../admission/answering.ts';
import {
  type AdmittedType,
  leftoverConfigurations,
  type WebhookAddress,
  type WebhookKind,
  webhookConfigurations,
  webhookPaths,
} from '../../admission/configurations.ts';
import { createMutator, createValidator } from '../../admission/handlers.ts';
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
  /** Of the API server that sends reviews: the virtual garden. */
  readonly garden: ConnectionConfig;
  /** Of the cluster with certificates and Lease; undefined where it is the same. */
  readonly source: ConnectionConfig | undefined;
  readonly plugins: readonly NetworkPlugin[];
  /** Also those that it does not serve, for what it left behind when it did. */
  readonly allPlugins: readonly Pick<NetworkPlugin, 'type' | 'completeNewShoot'>[];
  readonly kinds: readonly WebhookKind[];
  /** `gardener-extension-admission-networking`. */
  readonly name: string;
  /** Of Service and certificates. */
  readonly namespace: string;
  /** In the garden. */
  readonly ownerNamespace: string | undefined;
  readonly address: WebhookAddress;
  /** Names by which the garden reaches the server. */
  readonly hosts: readonly string[];
  readonly server: ListenAddress;
  /** Undefined: this process is the only one and leads at once. */
  readonly leaderElection: { readonly namespace: string; readonly name: string } | undefined;
  readonly metrics: ListenAddress | undefined;
  readonly health: ListenAddress | undefined;
  readonly version: string;
  readonly probe: ProcessProbe;
  /** Distinguishes replicas: the name of the pod and something random. */
  readonly identity: string;
  readonly userAgent: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** How long reviews that have begun may take after SIGTERM; API servers wait 10 s for an answer. */
const drainMs = 10_000;
/** How long after SIGTERM anything may wait for an API server; no review does. Kubernetes kills a pod after 30 s. */
const patienceMs = 10_000;

/**
 * Answers reviews on every replica, and keeps certificates and webhook configurations while it leads, until the signal aborts; then it
 * ends what has begun and gives the Lease back. API servers that are away are waited for, always. Rejects with CannotListen.
 */
export async function runAdmission(options: AdmissionProcess, signal: AbortSignal): Promise<void> {
  const { clock, random, log, userAgent } = options;
  const metrics = metricsOf(options);
  const garden = createTransport({ config: options.garden, clock, logger: log, userAgent });
  const source = options.source && createTransport({ config: options.source, clock, logger: log, userAgent });
  const clientOf = (transport: Transport, more: object): KubeClient =>
    createClient({ transport, clock, random, ...more });
  const home = source ?? garden;
  const leader = options.leaderElection && metrics.leader(options.leaderElection.name);
  const elector = electorOf(options, {
    client: clientOf(home, { timeoutMs: 5_000, onRequest: metrics.requests('lease') }),
    onChange: leader?.onChange,
  });
  if (elector !== undefined) leader?.measure(elector);
  const guard = { assertMayWrite: () => elector?.assertLeader() };
  const requests = { onRequest: metrics.requests('source') };
  const certificates = createCertificates({
    name: options.name.replace(/^gardener-extension-/, ''),
    namespace: options.namespace,
    client: clientOf(home, requests),
    guarded: clientOf(home, { ...requests, ...guard }),
    hosts: options.hosts,
    clock,
    random,
    log,
    onRead: metrics.certificates.read,
  });
  metrics.certificates.measure(() => certificates.expiry());
  const publisher = publisherOf(options, {
    client: clientOf(garden, { ...guard, onRequest: metrics.requests('garden') }),
    source: clientOf(home, requests),
  });
  const server = serverOf(options, { certificates, metrics });
  const stopped = new AbortController();
  const transports = source === undefined ? [garden] : [garden, source];
  const closeInTime = closeAfterAbort({ transports, clock, afterMs: patienceMs }, signal);
  const work: Promise<unknown>[] = [];
  const plain: PlainServer[] = [];
  try {
    log.info({ garden: options.garden.server, source: options.source?.server }, 'Starting');
    await servePages(options, { metrics, server, elector, work, plain, signal: stopped.signal });
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

/** One term as the leader. */
async function leadUntil(
  { certificates, publisher }: { readonly certificates: Certificates; readonly publisher: Publisher },
  lost: AbortSignal,
): Promise<void> {
  const publish = (bundle: string): Promise<void> => publisher.publish(bundle);
  await Promise.all([certificates.lead({ publish }, lost), publisher.run(lost), whenAborted(lost)]);
}

function publisherOf(
  options: AdmissionProcess,
  { client, source }: { readonly client: KubeClient; readonly source: KubeClient },
): Publisher {
  const { plugins, allPlugins, kinds, address, namespace, ownerNamespace, leaderElection, clock, random, log } =
    options;
  const types = plugins.map(admittedType);
  const leftovers = leftoverConfigurations({ all: allPlugins.map(admittedType), types, kinds });
  const formerLease = { namespace: leaderElection?.namespace ?? namespace, name: sharedName };
  const formerIsRunning = createLeaseHolderCheck({ client: source, ...formerLease, clock });
  const matchAddress = (configuration: KubeObject): ReturnType<typeof answeredAt> => answeredAt(configuration, options);
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

function admittedType({ type, completeNewShoot }: AdmissionProcess['allPlugins'][number]): AdmittedType {
  return { type, mutates: completeNewShoot !== undefined };
}

interface Serving {
  readonly certificates: Certificates;
  readonly metrics: Metrics;
}

function serverOf(options: AdmissionProcess, { certificates, metrics }: Serving): WebhookServer {
  const { plugins, kinds, server, clock, log } = options;
  const handlers = { validator: createValidator(plugins), mutator: createMutator(plugins) };
  const routes = Object.fromEntries(kinds.map((kind) => [webhookPaths[kind], handlers[kind]]));
  const { onRequest, measure } = observeWebhooks(metrics.webhook, Object.keys(routes));
  const { host, port } = server;
  const place = host === undefined ? { port } : { host, port };
  const created = createWebhookServer({ routes, certificates, clock, log, onRequest, ...place });
  measure(created);
  return created;
}

interface Pages {
  readonly metrics: Metrics;
  readonly server: WebhookServer;
  readonly elector: Elector | undefined;
  readonly work: Promise<unknown>[];
  readonly plain: PlainServer[];
  readonly signal: AbortSignal;
}

async function servePages(options: AdmissionProcess, pages: Pages): Promise<void> {
  const { clock, log } = options;
  const { metrics, server, elector } = pages;
  const loop = createLoopMonitor({ clock, onDelay: metrics.loopDelay });
  pages.work.push(loop.run(pages.signal));
  const webhook = webhookCheck(() => (server.isServing() ? undefined : 'there is no certificate yet, or it is ending'));
  const route = healthRoute({
    live: livenessChecks(loop),
    ready: [webhook, ...(elector === undefined ? [] : [leaseCheck(elector)])],
  });
  const wanted = [
    { name: 'health', address: options.health, route },
    { name: 'metrics', address: options.metrics, route: metricsRoute(metrics) },
  ];
  for (const { name, address, route: answers } of wanted)
    if (address !== undefined) pages.plain.push(await servePlain({ name, address, route: answers, log }));
}

async function listen(server: WebhookServer, { server: address, log }: AdmissionProcess): Promise<void> {
  const port = await orCannotListen(server.listen(), { name: 'the server for webhooks', address });
  log.info({ server: 'webhooks', host: address.host, port }, 'Serving');
}

function electorOf(
  { leaderElection, identity, clock, random, log }: AdmissionProcess,
  more: { readonly client: KubeClient; readonly onChange: ((leading: boolean) => void) | undefined },
): Elector | undefined {
  const { client, onChange } = more;
  const told = onChange === undefined ? {} : { onChange };
  return leaderElection && createElector({ ...leaderElection, client, identity, clock, random, logger: log, ...told });
}

function metricsOf({ plugins, clock, log, version, probe }: AdmissionProcess): Metrics {
  const types = plugins.map(({ type }) => type);
  const rules = Object.assign({}, networkRules, ...plugins.map((one) => one.rules)) as DiagnosticRules;
  return createMetrics({ command: 'admission', clock, log, version, types, rules, probe });
}
