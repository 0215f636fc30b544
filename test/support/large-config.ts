/**
 * Processes configurations of as many values as fit into a request or into storage, as `admission` or as `controller`. Run in a process of its
 * own with a limited heap; prints the diagnostic codes and the peak memory.
 */
import { createValidator } from '../../controllers/admission/handlers.ts';
import type { Network } from '../../pkg/gardener/network.ts';
import { deriveNetwork } from '../../pkg/gardener/shoot-network.ts';
import { plugins } from '../../pkg/plugins/index.ts';
import type { ReviewRequest } from '../../pkg/webhook/review.ts';

/** etcd stores up to 1.5 MiB per object, and a request of an API server has up to 3 MiB. */
const [storedBytes, requestBytes] = [1_300_000, 2_900_000];

function createShoot(type: string, bytes: number): string {
  const values = `[${'{},'.repeat(bytes / 3)}{}]`;
  return `{"apiVersion":"core.gardener.cloud/v1beta1","kind":"Shoot","metadata":{"name":"web","namespace":"garden-dev"},"spec":{
    "provider":{"workers":[{"name":"a"}]},"kubernetes":{"version":"1.34.3"},
    "networking":{"type":"${type}","pods":"10.96.0.0/11","services":"10.64.0.0/13","providerConfig":{"a":${values}}}}}`;
}

async function admit(type: string): Promise<readonly string[]> {
  const request = `"uid":"1","operation":"UPDATE","namespace":"garden-dev","name":"web"`;
  const object = createShoot(type, requestBytes);
  const oldObject = createShoot(type, storedBytes);
  const text = `{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{${request},"object":${object},"oldObject":${oldObject}}}`;
  const { request: parsed } = JSON.parse(text) as { readonly request: ReviewRequest };
  const response = await createValidator(plugins)(parsed);
  return response.allowed ? [] : [/may have at most \d+ values/.test(response.message) ? 'config-too-large' : 'other'];
}

/** Five Networks of a seed stay in memory, and are all checked. */
function check(type: string): readonly string[] {
  const plugin = plugins.find((one) => one.type === type);
  if (plugin === undefined) throw new Error(`no plugin ${type}`);
  const stored = Array.from({ length: 5 }, () =>
    deriveNetwork(JSON.parse(createShoot(type, storedBytes)) as object as Readonly<Record<string, unknown>>),
  );
  return stored.flatMap(({ network, cluster }: { readonly network: Network; readonly cluster: unknown }) =>
    plugin.check(plugin.decode({ network, cluster, featureGates: {} })).map(({ code }) => code),
  );
}

const [mode = ''] = process.argv.slice(2);
for (const type of ['calico', 'cilium', 'calico', 'cilium']) {
  const codes = mode === 'admission' ? await admit(type) : check(type);
  process.stdout.write(`${[...new Set(codes)].join()} ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB\n`);
}
