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
  /** What the process is. */
  readonly command: ScrapedProcess;
  readonly clock: Clock;
  readonly log: Logger;
  readonly version: string;
  /** `spec.type` of the Networks that are served. */
  readonly types: readonly string[];
  /** Every code that a diagnostic can have. */
  readonly rules: DiagnosticRules;
  readonly probe: ProcessProbe;
}

/**
 * What the process tells Prometheus. Each part is asked for once, where what it observes is made, and gives observers that cost a few
 * map look-ups; what has a value at any time is measured when it is asked for. Series begin at 0, or a first error would go unnoticed
 * by `increase()`.
 */
export interface Metrics {
  /** The answer to GET /metrics. A part that cannot be measured is logged and keeps its last value. */
  scrape(): Promise<string>;
  readonly contentType: string;
  controller(input: ControllerInput): ControllerMetrics;
  /** For `onRequest` of a client. `host` has to be `shoot` for shoots, or series would grow with their number. */
  requests(host: string): (info: RequestInfo) => void;
  /** Of a reflector, by the name of its resource. */
  watch(resource: string): WatchMetrics;
  /** Of an elector, by the name of its Lease. */
  leader(name: string): LeaderMetrics;
  /** Of a webhook, by its path. */
  readonly webhook: (path: string) => WebhookMetrics;
  readonly certificates: CertificateMetrics;
  readonly networks: NetworkMetrics;
  /** For the monitor of the event loop. */
  readonly loopDelay: (ms: number) => void;
}

export function createMetrics(input: MetricsInput): Metrics {
  const { command, clock, log, version, types, rules, probe } = input;
  const instruments = createInstruments();
  const measures: (() => void)[] = [];
  const context: MetricsContext = { instruments, clock, measure: (take) => measures.push(take) };
  const loopDelay = instruments.histogram('gardener_extension_network_event_loop_delay_seconds');
  instruments
    .gauge('gardener_extension_network_build_info')
    .set({ command, version, node_version: probe.nodeVersion }, 1);
  measureProcess(context, probe);

  return {
    scrape: () => {
      for (const take of measures) {
        try {
          take();
        } catch (error) {
          log.error({ err: error }, 'A metric could not be measured');
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
