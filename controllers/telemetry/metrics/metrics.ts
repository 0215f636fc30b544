import type { Clock, Logger } from '../../../pkg/clock/clock.ts';
import type { RequestInfo } from '../../../pkg/kubernetes/client/call.ts';
import type { DiagnosticRules } from '../../../pkg/network/diagnostics.ts';
import { type CertificateMetrics, certificateMetrics } from './certificates.ts';
import { type ControllerInput, type ControllerMetrics, controllerMetrics } from './controller.ts';
import { createInstruments, type MetricsContext } from './instruments.ts';
import { type LeaderMetrics, leaderMetrics } from './leader.ts';
import { type NetworkMetrics, networkMetrics } from './networks.ts';
import { measureProcess, type ProcessProbe } from './process.ts';
import type { ScrapedProcess } from './queries.ts';
import { requestMetrics } from './requests.ts';
import { type WatchMetrics, watchMetrics } from './watch.ts';
import { type WebhookMetrics, webhookMetrics } from './webhook.ts';

export interface MetricsInput {
  /** The command of the process. */
  readonly command: ScrapedProcess;
  readonly clock: Clock;
  readonly log: Logger;
  readonly version: string;
  /** The network types that the process serves. */
  readonly types: readonly string[];
  /** The rules of all diagnostics, by code. */
  readonly rules: DiagnosticRules;
  readonly probe: ProcessProbe;
}

/**
 * The metrics of one process. Each group is created once, where its subject is created, and returns observers that cost a few map lookups.
 * Gauges are set before each scrape. Series start at 0, because `increase()` would miss the first error otherwise.
 */
export interface Metrics {
  /** Returns the response to GET /metrics. A gauge that cannot be set is logged and keeps its last value. */
  scrape(): Promise<string>;
  readonly contentType: string;
  controller(input: ControllerInput): ControllerMetrics;
  /** Returns `onRequest` of a client. For shoots `host` must be `shoot`, so that the number of series does not grow with theirs. */
  requests(host: string): (info: RequestInfo) => void;
  /** Creates the metrics of a reflector by the name of its resource. */
  watch(resource: string): WatchMetrics;
  /** Creates the metrics of an elector by the name of its Lease. */
  leader(name: string): LeaderMetrics;
  /** Creates the metrics of a webhook by its path. */
  readonly webhook: (path: string) => WebhookMetrics;
  readonly certificates: CertificateMetrics;
  readonly networks: NetworkMetrics;
  /** Observer of the event loop monitor. */
  readonly loopDelay: (ms: number) => void;
}

export function createMetrics(input: MetricsInput): Metrics {
  const { command, clock, log, version, types, rules, probe } = input;
  const instruments = createInstruments();
  const callbacks: (() => void)[] = [];
  const context: MetricsContext = { instruments, clock, measure: (callback) => callbacks.push(callback) };
  const loopDelay = instruments.histogram('gardener_extension_network_event_loop_delay_seconds');
  instruments
    .gauge('gardener_extension_network_build_info')
    .set({ command, version, node_version: probe.nodeVersion }, 1);
  measureProcess(context, probe);

  return {
    scrape: () => {
      for (const callback of callbacks) {
        try {
          callback();
        } catch (error) {
          log.error({ err: error }, 'Failed to measure metric');
        }
      }
      return instruments.text();
    },
    contentType: instruments.contentType,
    controller: (options) => controllerMetrics(context, options),
    requests: (host) => requestMetrics(context, host),
    watch: (resource) => watchMetrics(context, resource),
    leader: (name) => leaderMetrics(context, name),
    webhook: (path) => webhookMetrics(context, path),
    certificates: certificateMetrics(context),
    networks: networkMetrics(context, { types, rules }),
    loopDelay: (ms) => loopDelay.observe(ms / 1000),
  };
}
