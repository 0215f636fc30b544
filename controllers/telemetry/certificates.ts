import type { MetricsContext } from './instruments.ts';

export interface CertificateMetrics {
  /** A certificate was looked for and found, changed or not. */
  readonly read: () => void;
  readonly failed: () => void;
  /** Of the certificate in use for a purpose. To be called at start, without a time, for each that is to come. */
  readonly expires: (certificate: string, endMs?: number) => void;
}

export function certificateMetrics({ instruments }: MetricsContext): CertificateMetrics {
  const reads = instruments.counter('certwatcher_read_certificate_total');
  const errors = instruments.counter('certwatcher_read_certificate_errors_total');
  const expiry = instruments.gauge('gardener_extension_network_certificate_expiry_timestamp_seconds');
  return {
    read: () => reads.inc(),
    failed: () => {
      reads.inc();
      errors.inc();
    },
    expires: (certificate, endMs = 0) => expiry.set({ certificate }, Math.floor(endMs / 1000)),
  };
}
