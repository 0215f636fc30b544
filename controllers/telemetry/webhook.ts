import type { MetricsContext } from './instruments.ts';

export interface WebhookMetrics {
  /** A request came; the returned function is called once, with the HTTP status of the answer (of a broken connection: 499). */
  begin(): (code: number) => void;
}

/** controller_runtime_webhook_* of one webhook. */
export function webhookMetrics({ instruments, clock }: MetricsContext, path: string): WebhookMetrics {
  const webhook = { webhook: path };
  const requests = instruments.counter('controller_runtime_webhook_requests_total');
  const latency = instruments.histogram('controller_runtime_webhook_latency_seconds');
  const inFlight = instruments.gauge('controller_runtime_webhook_requests_in_flight');
  for (const code of ['200', '500']) requests.inc({ ...webhook, code }, 0);
  latency.zero(webhook);
  inFlight.set(webhook, 0);
  return {
    begin: () => {
      const startedAt = clock.monotonic();
      inFlight.inc(webhook);
      return (code) => {
        inFlight.dec(webhook);
        latency.observe(webhook, (clock.monotonic() - startedAt) / 1000);
        requests.inc({ ...webhook, code: String(code) });
      };
    },
  };
}
