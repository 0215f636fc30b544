import { X509Certificate } from 'node:crypto';
import type { TestContext } from 'node:test';
import { type Certificates, createCertificates } from '../../controllers/certificates/certificates.ts';
import { whenAborted } from '../../pkg/clock/clock.ts';
import { createFakeClock, createMemoryLogger, eventually, type FakeClock } from '../doubles/fakeclock.ts';
import { createSecretStore, type SecretStore } from '../doubles/secret-store.ts';

export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;
const names = { namespace: 'extension-x', name: 'networking-cilium' };
export const hosts = ['gardener-extension-networking-cilium.extension-x', '127.0.0.1'];

/** Certificates of one replica of a process, which serves and may lead. */
export interface Replica {
  readonly certificates: Certificates;
  readonly log: ReturnType<typeof createMemoryLogger>;
  /** Published CA bundles in order. */
  readonly published: readonly string[];
  /** Called before each publication. */
  publishing: (signal: AbortSignal) => Promise<void>;
  /** Starts to lead; the returned function ends the leadership. */
  readonly lead: () => () => Promise<void>;
  /** Whether its lists get a response only after they were aborted. */
  readonly hanging: { list: boolean };
  readonly stop: () => Promise<void>;
}

/** Replicas that share a clock and the Secrets of a seed. */
export interface Scene {
  readonly clock: FakeClock;
  readonly store: SecretStore;
  readonly start: (pollMs?: number) => Replica;
}

/** Creates a scene whose replicas stop at the end of the test. */
export function scene(t: TestContext): Scene {
  const clock = createFakeClock(Date.UTC(2026, 0, 1));
  const store = createSecretStore(clock);
  return { clock, store, start: (pollMs = 12 * hour) => startReplica(t, { clock, store, pollMs }) };
}

function startReplica(
  t: TestContext,
  { clock, store, pollMs }: { readonly clock: FakeClock; readonly store: SecretStore; readonly pollMs: number },
): Replica {
  const log = createMemoryLogger();
  const published: string[] = [];
  const hanging: Replica['hanging'] = { list: false };
  const client: SecretStore['client'] = {
    ...store.client,
    list: async (input) => {
      if (hanging.list && input.signal !== undefined) await whenAborted(input.signal);
      return store.client.list(input);
    },
  };
  const certificates = createCertificates({
    ...names,
    hosts,
    client,
    guarded: client,
    clock,
    random: () => 0.5,
    keyBits: 1024,
    log,
    pollMs,
  });
  const stopped = new AbortController();
  const running = certificates.run(stopped.signal);
  const stop = async (): Promise<void> => {
    stopped.abort();
    await running;
  };
  t.after(stop);
  const replica: Replica = {
    certificates,
    log,
    published,
    hanging,
    publishing: () => Promise.resolve(),
    lead: () => {
      const lost = new AbortController();
      const publish = async (bundle: string, signal: AbortSignal): Promise<void> => {
        await replica.publishing(signal);
        published.push(bundle);
      };
      const leading = certificates.lead({ publish }, lost.signal);
      return async () => {
        lost.abort();
        await leading;
      };
    },
    stop,
  };
  return replica;
}

/** Resolves when the replica serves a certificate. */
export const ready = ({ certificates }: Replica): Promise<void> =>
  eventually(() => certificates.serving() !== undefined, 'a certificate is available');

/** Returns true if a CA of the bundle signed the certificate; both are PEM texts. */
export function isTrusted(cert: string | undefined, bundle: string | undefined): boolean {
  const trusted = bundle?.match(/-----BEGIN[^]*?END CERTIFICATE-----\n/g) ?? [];
  const certificate = new X509Certificate(cert ?? '');
  return trusted.some((one) => certificate.verify(new X509Certificate(one).publicKey));
}
