/**
 * A real kube-apiserver accepts every object that the golden and the recorded cases render, under strict field validation: the CRDs are installed,
 * everything else is applied server-side as a dry run. Kinds that other parts of Gardener install have CRDs without a schema.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { loadAll } from 'js-yaml';
import { offlineWebhook } from '../../pkg/cli/offline-webhook.ts';
import type { Network } from '../../pkg/gardener/network.ts';
import { createManagedResourceRenderer } from '../../pkg/managedresource/build.ts';
import { plan, pluginFor } from '../../pkg/network/plan.ts';
import { plugins } from '../../pkg/plugins/index.ts';
import { canonicalJson } from '../../pkg/templates/quote.ts';
import type { PlainObject } from '../../pkg/templates/render.ts';
import { type ControlPlane, skipWithoutRealControlPlane, startControlPlane } from '../controlplane/index.ts';
import { cnis, readCases } from '../parity/cases.ts';
import { shippedPlanTools } from '../support/planning.ts';
import { type Applier, applier } from './apply.ts';

const log = (line: string): void => console.error(line);
const skip = await skipWithoutRealControlPlane({ suite: 'rendered objects are accepted by a real API server', log });
const folders = plugins.map(({ type }) => new URL(`../../pkg/${type}/testdata/plan/`, import.meta.url));

let controlPlane: ControlPlane;
let apply: Applier;

before(async () => {
  if (skip !== false) return;
  controlPlane = await startControlPlane({ log, source: 'real', build: false });
  apply = applier(controlPlane);
  await apply.prepare([new URL('../../example/', import.meta.url), new URL('crds/', import.meta.url)]);
});

after(async () => {
  await apply?.close();
  await controlPlane?.stop();
});

test('accepts every object of every case', { skip }, async () => {
  const shoot = new Map<string, PlainObject>();
  const seed = new Map<string, object>();
  for (const input of inputs()) collect(input, { shoot, seed });
  assert.ok(shoot.size > 100, `only ${shoot.size} different objects were rendered`);
  const crds = [...shoot.values()].filter((object) => object.kind === 'CustomResourceDefinition');
  await apply.install(crds);
  const problems: string[] = [];
  for (const object of [...shoot.values(), ...(seed.values() as Iterable<PlainObject>)]) {
    if (object.kind === 'CustomResourceDefinition') continue;
    const problem = await apply.dryRun(object);
    if (problem !== undefined) problems.push(`${object.kind} ${object.metadata.name}: ${problem}`);
  }
  assert.deepEqual(problems, []);
});

test('rejects an unknown field', { skip }, async () => {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'typo', namespace: 'kube-system' }, dta: {} };
  assert.match((await apply.dryRun(object)) ?? '', /unknown field|field not declared/);
});

/** Networks with their Clusters: the golden cases and the recorded ones. */
function inputs(): readonly (readonly [Network, unknown])[] {
  const golden = folders
    .flatMap((folder) => readdirSync(folder).map((name) => new URL(`${name}/input.yaml`, folder)))
    .filter((file) => existsSync(file))
    .flatMap((file): readonly (readonly [Network, unknown])[] => {
      const documents = loadAll(readFileSync(file, 'utf8')) as readonly { readonly kind?: string }[];
      const network = documents.find((one) => one?.kind === 'Network');
      const cluster = documents.find((one) => one?.kind === 'Cluster');
      return network === undefined ? [] : [[network as unknown as Network, cluster]];
    });
  const recorded = cnis.flatMap((cni) =>
    readCases(cni).map(({ network, cluster }) => [network as unknown as Network, cluster] as const),
  );
  return [...golden, ...recorded];
}

const tools = shippedPlanTools();
const renderResource = createManagedResourceRenderer();

function collect(
  [network, cluster]: readonly [Network, unknown],
  into: { readonly shoot: Map<string, PlainObject>; readonly seed: Map<string, object> },
): void {
  for (const gate of [false, true]) {
    const featureGates = { NonPrivilegedCalicoNode: gate };
    const nothing = { available: true, value: [] } as const;
    const webhook = offlineWebhook(pluginFor(plugins, network.spec.type));
    const given = {
      network,
      cluster,
      featureGates,
      currentObjects: nothing,
      shoot: nothing,
      ...(webhook && { webhook }),
    };
    const result = plan({ ...given, plugins }, tools);
    if (result.outcome !== 'planned') continue;
    const { managedResource, webhookResource, seedObjects } = result.plan;
    const resources = [managedResource, webhookResource].filter((one) => one !== undefined);
    for (const { object, json } of resources.flatMap(({ parts }) => parts.flatMap((part) => part.objects)))
      into.shoot.set(json, object);
    const { namespace } = network.metadata;
    const made = resources.map((one) => renderResource({ plan: one, namespace }));
    for (const object of [...made.flatMap((one) => [one.secret(), one.managedResource]), ...seedObjects])
      into.seed.set(canonicalJson(object), object);
  }
}
