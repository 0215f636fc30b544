import type { MetricsContext } from './instruments.ts';

/** When certificates end, in milliseconds since the epoch; undefined while there are none. */
export interface CertificateTimes {
  readonly authority: number | undefined;
  readonly server: number | undefined;
}

export interface CertificateMetrics {
  /** Somebody looked for certificates, and could read them or not. */
  readonly read: (ok: boolean) => void;
  /** Where the ends of the webhook's certificates are read from. */
  measure(times: () => CertificateTimes): void;
}

export function certificateMetrics({ instruments, measure }: MetricsContext): CertificateMetrics {
  const reads = instruments.counter('certwatcher_read_certificate_total');
  const errors = instruments.counter('certwatcher_read_certificate_errors_total');
  const expiry = instruments.gauge('gardener_extension_network_certificate_expiry_timestamp_seconds');
  const show = (times: CertificateTimes): void => {
    for (const certificate of ['authority', 'server'] as const)
      expiry.set({ certificate }, Math.floor((times[certificate] ?? 0) / 1000));
  };
  show({ authority: undefined, server: undefined });
  return {
    read: (ok) => {
      reads.inc();
      if (!ok) errors.inc();
    },
    measure: (times) => measure(() => show(times())),
  };
}
