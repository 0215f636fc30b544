import type { Clock, Logger } from '../../../pkg/clock/clock.ts';
import type { Elector } from '../../../pkg/kubernetes/leaderelection/leader.ts';
import { networkRules } from '../../../pkg/network/diagnostics.ts';
import type { NetworkPlugin } from '../../../pkg/network/plugin.ts';
import type { ListenAddress } from '../../../pkg/webhook/listen.ts';
import type { WebhookRequestInfo } from '../../../pkg/webhook/server.ts';
import { type ControllerTelemetry, type NetworkController, priorities } from '../../network/controller.ts';
import type { ShootWebhookService } from '../../shootwebhook/service.ts';
import { healthRoute, metricsRoute } from '../../telemetry/endpoints.ts';
import { createLoopMonitor } from '../../telemetry/health/eventloop.ts';
import {
  type HealthCheck,
  leaseCheck,
  livenessChecks,
  watchChecks,
  webhookCheck,
} from '../../telemetry/health/health.ts';
import { createMetrics, type Metrics } from '../../telemetry/metrics/metrics.ts';
import { systemProbe } from '../../telemetry/metrics/process.ts';
import { observeWebhooks } from '../../telemetry/metrics/webhook.ts';
import { type PlainServer, servePlain } from '../../telemetry/server.ts';

/** An address is undefined if its server is disabled. */
export interface Addresses {
  readonly metrics: ListenAddress | undefined;
  readonly health: ListenAddress | undefined;
}

export interface TelemetryOptions {
  readonly addresses: Addresses;
  readonly plugins: readonly NetworkPlugin[];
  readonly webhookPaths: readonly string[];
  readonly concurrency: number;
  readonly version: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The subjects of gauges and health checks. */
export interface Observed {
  readonly controller: NetworkController;
  readonly elector: Elector | undefined;
  readonly webhook: ShootWebhookService | undefined;
}

export interface Telemetry {
  readonly metrics: Metrics;
  /** Telemetry of the network controller. */
  readonly controller: ControllerTelemetry;
  readonly onWebhookRequest: (info: WebhookRequestInfo) => void;
  /** Serves /metrics, /healthz and /readyz. Rejects with ListenError. */
  serve(observed: Observed): Promise<void>;
  /** Watches the event loop until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** Creates metrics, health checks and their servers for one process. */
export function startTelemetry(options: TelemetryOptions): Telemetry {
  const { addresses, plugins, concurrency, clock, log } = options;
  const metrics = createMetrics({
    command: 'controller',
    ...options,
    types: plugins.map((plugin) => plugin.type),
    rules: Object.assign({}, networkRules, ...plugins.map((plugin) => plugin.rules)),
    probe: systemProbe(),
  });
  const queue = metrics.controller({ name: 'network', concurrency, priorities: Object.values(priorities) });
  const watches = { networks: metrics.watch(networksName), clusters: metrics.watch(clustersName) };
  const webhooks = observeWebhooks(metrics.webhook, options.webhookPaths);
  const loop = createLoopMonitor({ clock, onDelay: metrics.loopDelay });
  const servers: PlainServer[] = [];

  async function serve(observed: Observed): Promise<void> {
    const { controller, webhook } = observed;
    queue.measure(() => controller.stats());
    watches.networks.measure(controller.networks);
    watches.clusters.measure(controller.clusters);
    metrics.networks.measure(() => controller.states());
    if (webhook !== undefined) {
      metrics.certificates.measure(() => webhook.expiry());
      webhooks.measure(webhook);
    }
    const health = healthRoute({ live: livenessChecks(loop), ready: readiness(observed, clock) });
    for (const [name, address, route] of [
      ['metrics', addresses.metrics, metricsRoute(metrics)],
      ['health', addresses.health, health],
    ] as const)
      if (address !== undefined) servers.push(await servePlain({ name, address, route, log }));
  }

  return {
    metrics,
    controller: {
      queue: queue.queue,
      networks: watches.networks.onOutcome,
      clusters: watches.clusters.onOutcome,
    },
    onWebhookRequest: webhooks.onRequest,
    serve,
    run: (signal) => loop.run(signal),
    close: async () => {
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}

const networksName = 'networks.extensions.gardener.cloud';
const clustersName = 'clusters.extensions.gardener.cloud';

/** A standby is ready like the leader: it serves the webhook, and can take over. */
function readiness({ controller, elector, webhook }: Observed, clock: Clock): readonly HealthCheck[] {
  return [
    ...watchChecks({ resource: 'networks', reflector: controller.networks, clock }),
    ...watchChecks({ resource: 'clusters', reflector: controller.clusters, clock }),
    ...(elector === undefined ? [] : [leaseCheck(elector)]),
    ...(webhook === undefined ? [] : [webhookCheck(() => webhook.problem())]),
  ];
}
