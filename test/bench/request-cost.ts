/**
 * `make bench-requests`: measures CPU and wall time of the client for single requests in alternative forms, such as a whole response and one with
 * metadata only, on a real API server. OTHERS sets the number of ScrapeConfigs of others in the namespace; a shoot has about 20. Defaults:
 * OTHERS=20, COUNT=200, ROUNDS=5. No figure makes it fail.
 */
import { resourceOfKind, resources } from '../../controllers/resources.ts';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import { createManagedResourceRenderer } from '../../pkg/managedresource/build.ts';
import { createMissing, seedResources } from '../support/seed.ts';
import { examplePlan } from './floor.ts';
import { median } from './report.ts';
import { startBenchSeed } from './seed.ts';

const others = Number(process.env['OTHERS'] || 20);
const count = Number(process.env['COUNT'] || 200);
const rounds = Number(process.env['ROUNDS'] || 5);
const namespace = 'shoot--bench--requests';
const print = (line: string): void => console.log(line);

const seed = await startBenchSeed({ print });
try {
  await measureForms();
} finally {
  await seed.stop();
}

async function measureForms(): Promise<void> {
  const forms = await prepareForms();
  const results = new Map(Object.keys(forms).map((name) => [name, { cpu: [] as number[], wall: [] as number[] }]));
  for (let round = -1; round < rounds; round += 1) {
    for (const [name, send] of Object.entries(forms)) {
      const cpu = process.cpuUsage();
      const start = performance.now();
      for (let index = 0; index < count; index += 1) await send(index);
      const wall = performance.now() - start;
      const { user, system } = process.cpuUsage(cpu);
      // The first round warms up.
      if (round < 0) continue;
      results.get(name)?.cpu.push((user + system) / 1000 / count);
      results.get(name)?.wall.push(wall / count);
    }
  }
  print(`\nper step, median of ${rounds} rounds of ${count}                       CPU ms  wall ms`);
  for (const [name, { cpu, wall }] of results)
    print(`${name.padEnd(56)} ${median(cpu).toFixed(3).padStart(8)} ${median(wall).toFixed(2).padStart(8)}`);
}

type Forms = Readonly<Record<string, (index: number) => Promise<unknown>>>;

async function prepareForms(): Promise<Forms> {
  const { client } = seed;
  const plan = examplePlan('calico');
  const secret = createManagedResourceRenderer()({ plan: plan.managedResource, namespace }).secret();
  const inPlace = (object: KubeObject): KubeObject => ({ ...object, metadata: { ...object.metadata, namespace } });
  const [dashboards, scrape] = ['ConfigMap', 'ScrapeConfig'].map((kind) =>
    plan.seedObjects.find((one) => one.kind === kind),
  );
  if (dashboards === undefined || scrape === undefined) throw new Error('the plan lacks monitoring objects');
  await createMissing({
    client,
    resource: seedResources.namespaces,
    object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
  });
  const scrapes = ['a', 'b', 'c', ...Array.from({ length: others }, (_, index) => `other-${index}`)];
  const resource = resources.scrapeConfigs;
  const named = (object: KubeObject, name: string): KubeObject =>
    inPlace({ ...object, metadata: { ...object.metadata, name } });
  for (const name of scrapes) await client.create({ resource, object: named(scrape, name) });
  const [configMap, stored] = await Promise.all(
    [dashboards, secret].map((one) => client.create({ resource: resourceOfKind(one.kind), object: inPlace(one) })),
  );
  const where = { resource: resources.configMaps, namespace, name: configMap?.metadata.name ?? '' };
  const whereSecret = { resource: resources.secrets, namespace, name: stored?.metadata.name ?? '' };
  let last = configMap as KubeObject;
  const write = async (index: number, metadataOnly: boolean): Promise<void> => {
    const metadata = { ...last.metadata, labels: { ...last.metadata.labels, index: String(index) } };
    last = await client.replace({ resource: where.resource, object: { ...dashboards, metadata }, metadataOnly });
  };
  const list = { resource, namespace, labelSelector: 'prometheus=shoot', pageSize: 0 };
  return {
    'GET dashboards': () => client.get(where),
    'GET dashboards, metadata only': () => client.get({ ...where, metadataOnly: true }),
    'PUT dashboards': (index) => write(index, false),
    'PUT dashboards, metadata only in return': (index) => write(index, true),
    'GET Secret': () => client.get(whereSecret),
    'GET Secret, metadata only': () => client.get({ ...whereSecret, metadataOnly: true }),
    'GET of three ScrapeConfigs, side by side': () =>
      Promise.all(['a', 'b', 'c'].map((name) => client.get({ resource, namespace, name }))),
    [`LIST of ScrapeConfigs with ${others} of others`]: () => client.list(list),
    [`LIST of ScrapeConfigs with ${others} of others, metadata only`]: () =>
      client.list({ ...list, metadataOnly: true }),
  };
}
