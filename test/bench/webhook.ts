/**
 * `make bench-webhook`: how long a webhook takes to answer over TLS, 64 requests at a time, with bodies of mixed size, and through a change
 * of the certificate in the middle. Prints figures; it fails when a request is lost, never because of a time.
 */
import assert from 'node:assert/strict';
import { handleShootWebhook, shootWebhookPath } from '../../controllers/shootwebhook/handler.ts';
import { systemClock } from '../../pkg/kubernetes/clock.ts';
import { createWebhookServer } from '../../pkg/webhook/server.ts';
import { certified, responseOf, startClient } from '../../pkg/webhook/testing/serving.ts';

const requests = Number(process.env['N'] ?? 1_000);
const atOnce = 64;
/** Bytes of a Corefile: as Gardener's own, and a large one. */
const sizes = [2_000, 50_000];
const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

const [first, second] = [await certified(), await certified()];
let current = first.server;
const subscribers = new Set<() => void>();
const server = createWebhookServer({
  routes: { [shootWebhookPath]: handleShootWebhook },
  certificates: {
    serving: () => current,
    subscribe: (changed) => {
      subscribers.add(changed);
      return () => subscribers.delete(changed);
    },
  },
  clock: systemClock(),
  log: quiet,
  host: '127.0.0.1',
  port: 0,
});
const port = await server.listen();
const ca = `${first.authority.cert}${second.authority.cert}`;

console.log(`milliseconds for one review over TLS, ${atOnce} at a time      p50      p99   reviews/s`);
await round({ what: 'warming up', swap: false, size: () => 2_000 });
for (const size of sizes) await round({ what: `Corefile of ${size} bytes`, swap: false, size: () => size });
await round({ what: 'mixed', swap: false, size: mixed });
await round({ what: 'mixed, the certificate changes half way', swap: true, size: mixed });
await server.close(1_000);

/** Of a thousand, ten are as large as a ConfigMap can be, and ninety are large. */
function mixed(index: number): number {
  if (index % 100 === 0) return 1_000_000;
  return index % 10 === 0 ? 50_000 : 2_000;
}

interface Round {
  readonly what: string;
  readonly swap: boolean;
  readonly size: (index: number) => number;
}

async function round({ what, swap, size }: Round): Promise<void> {
  // With a swap, each fifth request has a connection of its own, which gets the certificate of the moment.
  const clients = Array.from({ length: atOnce }, () => startClient({ port, ca }));
  // API servers keep their connections: handshakes are not what is measured.
  await Promise.all(clients.map((client) => client.post(review('first', 0), { path: shootWebhookPath })));
  const times: number[] = [];
  let next = 0;
  const startedAt = performance.now();
  await Promise.all(
    clients.map(async (standing) => {
      for (let index = next; index < requests; index = next) {
        next += 1;
        if (swap && index === Math.floor(requests / 2)) useOther();
        const client = swap && index % 5 === 0 ? startClient({ port, ca }) : standing;
        const body = review(String(index), size(index));
        const at = performance.now();
        const answer = await client.post(body, { path: shootWebhookPath });
        times.push(performance.now() - at);
        assert.equal(responseOf(answer, String(index))['patchType'], 'JSONPatch');
        if (client !== standing) client.close();
      }
    }),
  );
  const seconds = (performance.now() - startedAt) / 1_000;
  assert.equal(times.length, requests, 'no request is lost');
  for (const client of clients) client.close();
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1).padStart(8);
  console.log(`${what.padEnd(58)} ${at(0.5)} ${at(0.99)}   ${(requests / seconds).toFixed(0).padStart(8)}`);
}

function useOther(): void {
  current = second.server;
  for (const changed of subscribers) changed();
}

function review(uid: string, size: number): string {
  const labels = { 'k8s-app': 'node-local-dns' };
  const metadata = { name: 'node-local-dns-1', namespace: 'kube-system', labels };
  const line = '  bind 169.254.20.10 100.64.0.10\n';
  const data = { Corefile: line.repeat(Math.ceil(size / line.length)) };
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data };
  const request = { uid, operation: 'CREATE', namespace: 'kube-system', name: metadata.name, object, oldObject: null };
  return JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request });
}
