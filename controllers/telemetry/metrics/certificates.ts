import type { MetricsContext } from './instruments.ts';

/** Expiry times in milliseconds since the epoch; undefined without a certificate. */
export interface CertificateTimes {
  readonly authority: number | undefined;
  readonly server: number | undefined;
}

export interface CertificateMetrics {
  /** Counts one read of the certificates. */
  readonly read: (ok: boolean) => void;
  /** Sets the source of the expiry times. */
  measure(times: () => CertificateTimes): void;
}

export function certificateMetrics({ instruments, measure }: MetricsContext): CertificateMetrics {
  const reads = instruments.counter('certwatcher_read_certificate_total');
  const errors = instruments.counter('certwatcher_read_certificate_errors_total');
  const expiry = instruments.gauge('gardener_extension_network_certificate_expiry_timestamp_seconds');
  const set = (times: CertificateTimes): void => {
    for (const certificate of ['authority', 'server'] as const)
      expiry.set({ certificate }, Math.floor((times[certificate] ?? 0) / 1000));
  };
  set({ authority: undefined, server: undefined });
  return {
    read: (ok) => {
      reads.inc();
      if (!ok) errors.inc();
    },
    measure: (times) => measure(() => set(times())),
  };
}
