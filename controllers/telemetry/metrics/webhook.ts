import type { WebhookRequestInfo, WebhookServer } from '../../../pkg/webhook/server.ts';
import type { MetricsContext } from './instruments.ts';

export interface WebhookObserver {
  /** For the server of the webhooks. */
  readonly onRequest: (info: WebhookRequestInfo) => void;
  readonly measure: (server: Pick<WebhookServer, 'inFlight'>) => void;
}

/** The metrics of all webhooks of one server, by their paths; requests to other paths are nobody's. */
export function observeWebhooks(of: (path: string) => WebhookMetrics, paths: readonly string[]): WebhookObserver {
  const metrics = new Map(paths.map((path) => [path, of(path)]));
  return {
    onRequest: (info) => metrics.get(info.path)?.answered(info),
    measure: (server) => {
      for (const [path, one] of metrics) one.measure(() => server.inFlight(path));
    },
  };
}

export interface WebhookMetrics {
  readonly answered: (info: Pick<WebhookRequestInfo, 'status' | 'durationMs'>) => void;
  /** Where the number of requests that wait for their answer is read from. */
  measure(inFlight: () => number): void;
}

/** controller_runtime_webhook_* of one webhook. */
export function webhookMetrics({ instruments, measure }: MetricsContext, path: string): WebhookMetrics {
  const webhook = { webhook: path };
  const requests = instruments.counter('controller_runtime_webhook_requests_total');
  const latency = instruments.histogram('controller_runtime_webhook_latency_seconds');
  const gauge = instruments.gauge('controller_runtime_webhook_requests_in_flight');
  for (const code of ['200', '500']) requests.inc({ ...webhook, code }, 0);
  latency.zero(webhook);
  gauge.set(webhook, 0);
  return {
    answered: ({ status, durationMs }) => {
      latency.observe(webhook, durationMs / 1000);
      requests.inc({ ...webhook, code: String(status) });
    },
    measure: (inFlight) => measure(() => gauge.set(webhook, inFlight())),
  };
}
