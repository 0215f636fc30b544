/**
 * The statements of `netext diff` about restarts are true: the objects before and after a change are applied to a real API server, and exactly the
 * workloads that the description names have another pod template.
 */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { describeShootChange } from '../../pkg/changes/shoots.ts';
import { type KubeObject, recordOf } from '../../pkg/gardener/objects.ts';
import { deriveNetwork } from '../../pkg/gardener/shoot-network.ts';
import type { Resource } from '../../pkg/kubernetes/client/resource.ts';
import type { Impact } from '../../pkg/network/effects.ts';
import { planNetwork, plannedObjects } from '../../pkg/network/plan.ts';
import { plugins } from '../../pkg/plugins/index.ts';
import { canonicalJson } from '../../pkg/templates/quote.ts';
import { type ControlPlane, skipWithoutRealControlPlane, startControlPlane } from '../controlplane/index.ts';
import { shippedPlanTools } from '../support/planning.ts';
import { type Applier, applier } from './apply.ts';

const log = (line: string): void => console.error(line);
const skip = await skipWithoutRealControlPlane({ suite: 'workloads that a change restarts', log });
const tools = shippedPlanTools();

let controlPlane: ControlPlane;
let apply: Applier;

before(async () => {
  if (skip !== false) return;
  controlPlane = await startControlPlane({ log, source: 'real', build: false });
  apply = applier(controlPlane);
  await apply.prepare([]);
});

after(async () => {
  await apply?.close();
  await controlPlane?.stop();
});

interface Sample {
  readonly type: 'calico' | 'cilium';
  readonly old: object;
  readonly new: object;
  readonly impact: Impact;
}

/** Samples of every class. */
const samples: Readonly<Record<string, Sample>> = {
  nothing: { type: 'calico', old: {}, new: { ipip: 'Never' }, impact: 'none' },
  'the pool becomes an object': { type: 'calico', old: {}, new: { overlay: { enabled: true } }, impact: 'no-restart' },
  'the pool is deleted': { type: 'calico', old: { overlay: { enabled: true } }, new: {}, impact: 'interruption' },
  'Multus starts': { type: 'calico', old: {}, new: { multus: { enabled: true } }, impact: 'no-restart' },
  'calico-node gets an exporter': {
    type: 'calico',
    old: {},
    new: { birdExporter: { enabled: true } },
    impact: 'restart',
  },
  'Typha ends': { type: 'calico', old: {}, new: { typha: { enabled: false } }, impact: 'restart' },
  'requests that autoscalers set remain': {
    type: 'calico',
    old: { autoScaling: { mode: 'vpa' } },
    new: { autoScaling: { mode: 'vpa', resources: { node: { cpu: '123m' } } } },
    impact: 'restart',
  },
  'static requests of Typha': {
    type: 'calico',
    old: { autoScaling: { mode: 'static' } },
    new: { autoScaling: { mode: 'static', resources: { typha: { cpu: '123m' } } } },
    impact: 'restart',
  },
  'the overlay of Calico ends': {
    type: 'calico',
    old: { overlay: { enabled: true } },
    new: { overlay: { enabled: false } },
    impact: 'interruption',
  },
  'an overlay that is unset': { type: 'calico', old: { overlay: { enabled: false } }, new: {}, impact: 'interruption' },
  'addresses of nodes': { type: 'calico', old: {}, new: { wireguardEncryption: true }, impact: 'interruption' },
  'debug logs of Cilium': { type: 'cilium', old: {}, new: { debug: true }, impact: 'restart' },
  'Hubble starts': { type: 'cilium', old: {}, new: { hubble: { enabled: true } }, impact: 'restart' },
  'Hubble ends': { type: 'cilium', old: { hubble: { enabled: true } }, new: {}, impact: 'restart' },
  'the overlay of Cilium ends': {
    type: 'cilium',
    old: {},
    new: { overlay: { enabled: false } },
    impact: 'interruption',
  },
  'rules of a side container': {
    type: 'cilium',
    old: {},
    new: { snatOutOfCluster: { enabled: true } },
    impact: 'interruption',
  },
};

suite('exactly the named workloads have another pod template', { skip }, () => {
  for (const [name, sample] of Object.entries(samples)) {
    test(name, async () => {
      const [old, changed] = [shootWith(sample.type, sample.old), shootWith(sample.type, sample.new)];
      const result = describeShootChange({ plugins, tools, old, new: changed, featureGates: {} });
      assert.ok(result.outcome === 'described');
      assert.equal(result.effects.impact, sample.impact);
      const workloads = planWorkloads(old, []);
      await Promise.all(workloads.map((one) => apply.apply(one as never)));
      const first = await readTemplates();
      assert.equal(first.size, workloads.length);
      const wanted = planWorkloads(changed, workloads);
      const names = new Set(wanted.map(nameOf));
      await Promise.all([
        ...wanted.map(async (one) => apply.apply(retainResources(one, await readObject(one)) as never)),
        ...workloads.filter((one) => !names.has(nameOf(one))).map(remove),
      ]);
      const second = await readTemplates();
      const changes = [...new Set([...first.keys(), ...second.keys()])].flatMap((key) => {
        const [left, right] = [first.get(key), second.get(key)];
        if (left === right) return [];
        return `${key} ${left === undefined ? 'start' : right === undefined ? 'end' : 'restart'}`;
      });
      const named = result.effects.rolls.map((one) => `${one.kind} ${one.name} ${one.change}`);
      assert.deepEqual(changes.sort(), named.sort());
      await Promise.all(wanted.map(remove));
    });
  }
});

function shootWith(type: string, options: object): KubeObject {
  return {
    apiVersion: 'core.gardener.cloud/v1beta1',
    kind: 'Shoot',
    metadata: { name: 'web', namespace: 'garden-dev', uid: '1' },
    spec: {
      kubernetes: {
        version: '1.34.3',
        verticalPodAutoscaler: { enabled: true },
        kubeProxy: { enabled: type === 'calico' },
      },
      provider: { type: 'local', workers: [{ name: 'a', minimum: 2, maximum: 8 }] },
      networking: {
        type,
        nodes: '10.180.0.0/16',
        pods: '100.96.0.0/11',
        services: '100.64.0.0/13',
        providerConfig: options,
      },
    },
    status: { advertisedAddresses: [{ name: 'external', url: 'https://api.web.example.org' }] },
  };
}

const kinds: Readonly<Record<string, Resource>> = Object.fromEntries(
  Object.entries({ DaemonSet: 'daemonsets', Deployment: 'deployments' }).map(([kind, plural]) => [
    kind,
    { group: 'apps', version: 'v1', plural, namespaced: true },
  ]),
);

function planWorkloads(shoot: KubeObject, current: readonly KubeObject[]): readonly KubeObject[] {
  const { network, cluster } = deriveNetwork(shoot);
  const plugin = plugins.find(({ type }) => type === network.spec.type);
  assert.ok(plugin !== undefined);
  const result = planNetwork(
    plugin,
    {
      network,
      cluster,
      featureGates: {},
      currentObjects: { available: true, value: current },
      shoot: { available: true, value: [] },
      offline: true,
    },
    tools,
  );
  assert.ok(result.outcome === 'planned');
  return plannedObjects(result.plan.managedResource).filter(({ kind }) => kind in kinds);
}

function nameOf({ kind, metadata }: KubeObject): string {
  return `${kind} ${metadata.name}`;
}

function keyOf({ kind, metadata }: KubeObject) {
  const resource = kinds[kind];
  assert.ok(resource !== undefined);
  return { resource, namespace: 'kube-system', name: metadata.name };
}

/** Returns the pod templates in the API server, in a canonical form. */
async function readTemplates(): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const [kind, resource] of Object.entries(kinds)) {
    const { items } = await apply.client.list({ resource, namespace: 'kube-system' });
    for (const item of items)
      if (item.metadata.deletionTimestamp === undefined)
        found.set(`${kind} ${item.metadata.name}`, canonicalJson(recordOf(item['spec'])['template']));
  }
  return found;
}

async function readObject(object: KubeObject): Promise<KubeObject | undefined> {
  return apply.client.find(keyOf(object));
}

/** Does what the resource manager does for the annotation `preserve-resources`: containers of the same name retain their resources. */
function retainResources(object: KubeObject, live: KubeObject | undefined): KubeObject {
  if (live === undefined || object.metadata.annotations?.['resources.gardener.cloud/preserve-resources'] !== 'true')
    return object;
  const containersOf = (one: KubeObject): readonly Readonly<Record<string, unknown>>[] =>
    recordOf(recordOf(recordOf(one['spec'])['template'])['spec'])['containers'] as never;
  const resources = new Map(containersOf(live).map((one) => [one['name'], one['resources']]));
  const spec = recordOf(object['spec']);
  const template = recordOf(spec['template']);
  const containers = containersOf(object).map((one) => {
    const kept = resources.get(one['name']);
    return kept === undefined ? one : { ...one, resources: kept };
  });
  return {
    ...object,
    spec: { ...spec, template: { ...template, spec: { ...recordOf(template['spec']), containers } } },
  };
}

async function remove(object: KubeObject): Promise<void> {
  await apply.client.delete(keyOf(object));
}
