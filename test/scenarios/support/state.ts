import assert from 'node:assert/strict';
import { factsOf } from '../../../controllers/seed/facts.ts';
import { secretNamesOf } from '../../../controllers/seed/observe.ts';
import { resourceOfKind, resources } from '../../../controllers/seed/resources.ts';
import { annotations } from '../../../pkg/gardener/constants.ts';
import { containsJson } from '../../../pkg/gardener/merge-patch.ts';
import type { Network } from '../../../pkg/gardener/network.ts';
import { isRecord, type KubeObject } from '../../../pkg/gardener/objects.ts';
import { apiVersionOf } from '../../../pkg/kubernetes/client/resource.ts';
import { planNetwork, pluginFor } from '../../../pkg/network/plan.ts';
import { unhashed } from './faults.ts';
import { type Expected, type NetworkState, networkName, type Scenario, webhookOf } from './scenario.ts';
import { bundle, plugins, tools, type World } from './world.ts';

/** Everything in a namespace that a run may have touched, as it is stored. */
export interface State {
  readonly network: KubeObject | undefined;
  readonly cluster: KubeObject | undefined;
  readonly objects: readonly KubeObject[];
}

export async function stateOf({ client, namespace }: World): Promise<State> {
  const { networks, clusters } = resources;
  const lists = await Promise.all(
    ['ConfigMap', 'ManagedResource', 'PrometheusRule', 'ScrapeConfig', 'Secret'].map(async (kind) => {
      const resource = resourceOfKind(kind);
      const { items } = await client.list({ resource, namespace });
      // Lists of built-in kinds do not say in each item what it is.
      return items.map((item) => ({ ...item, apiVersion: apiVersionOf(resource), kind }));
    }),
  );
  return {
    network: await client.find({ resource: networks, namespace, name: networkName }),
    cluster: await client.find({ resource: clusters, name: namespace }),
    // The controller manager of a real cluster makes one more in each namespace.
    objects: lists.flat().filter(({ metadata }) => metadata.name !== 'kube-root-ca.crt'),
  };
}

/** The same without what may differ between two ways to the same end: resourceVersions, uids, generations and times. */
export function comparable({ network, objects }: State, { expected }: Scenario): unknown {
  if (network === undefined) return timeless({ objects });
  const { providerStatus, conditions } = statusOf(network);
  const { status, ...rest } = networkStateOf(network);
  const { observedGeneration, lastOperation, ...others }: Readonly<Record<string, unknown>> = { ...status };
  // A failure on the way has observed the generation; waiting does not.
  const seen = expected.results.at(-1) === 'waiting' ? {} : { observedGeneration };
  const last = expected.mixed === true && isRecord(lastOperation) ? lastOperation['state'] : lastOperation;
  const { annotations } = network.metadata;
  return timeless({
    network: rest,
    status: { ...others, ...seen, last },
    providerStatus,
    conditions,
    annotations,
    objects,
  });
}

/** Without the Secrets that nothing refers to any more, which the garbage collector removes. */
export function withoutGarbage(state: State): State {
  const used = state.objects.filter(({ kind }) => kind === 'ManagedResource').flatMap(secretNamesOf);
  return {
    ...state,
    objects: state.objects.filter(({ kind, metadata }) => kind !== 'Secret' || used.includes(metadata.name)),
  };
}

function networkStateOf(network: KubeObject): NetworkState {
  const { metadata } = network;
  const operation = metadata.annotations?.[annotations.operation];
  const { providerStatus: _, conditions: _conditions, observedGeneration, ...status } = statusOf(network);
  const current = observedGeneration === metadata.generation ? '<generation>' : '<older generation>';
  return {
    ...(operation === undefined ? {} : { operation }),
    finalizers: metadata.finalizers ?? [],
    ...(observedGeneration === undefined && Object.keys(status).length === 0
      ? {}
      : {
          status: {
            ...(JSON.parse(unhashed(JSON.stringify(timeless(status)))) as object),
            ...(observedGeneration === undefined ? {} : { observedGeneration: current }),
          },
        }),
  };
}

/** Fails unless the state is the expected one. */
export function assertState(state: State, scenario: Scenario): void {
  const { expected } = scenario;
  const network = state.network === undefined ? 'gone' : networkStateOf(state.network);
  assert.deepEqual(network, expected.network);
  assert.deepEqual(namesOf(state), [...expected.objects].sort());
  if (expected.planned === true) assertPlanned(state, scenario);
}

function namesOf({ objects }: State): Expected['objects'] {
  return objects.map(({ kind, metadata }) => `${kind} ${unhashed(metadata.name)}`).sort();
}

/** Fails unless the seed holds exactly what the plan for this Network and Cluster is, as far as it is not postponed. */
function assertPlanned({ network, cluster, objects }: State, scenario: Scenario): void {
  assert.ok(network !== undefined);
  const webhook = webhookOf(scenario);
  const { type } = factsOf(network);
  const plugin = pluginFor(plugins, type);
  assert.ok(plugin !== undefined);
  const planned = planNetwork(
    plugin,
    {
      network: network as unknown as Network,
      cluster,
      featureGates: { ...scenario.gates, SeamlessOverlaySwitch: false },
      present: { known: true, value: [] },
      shoot: { known: false, reason: 'not needed' },
      ...(webhook === undefined ? {} : { webhook }),
    },
    tools,
  );
  assert.ok(planned.outcome === 'planned' || planned.outcome === 'postponed', JSON.stringify(planned.diagnostics));
  const { plan } = planned;
  const namespace = network.metadata.namespace ?? '';
  const bundles = ['managedResource' in plan ? plan.managedResource : undefined, plan.webhookResource]
    .filter((one) => one !== undefined)
    .map((one) => bundle({ plan: one, namespace }));
  const find = (kind: string, name: string): KubeObject | undefined =>
    objects.find((one) => one.kind === kind && one.metadata.name === name);
  for (const one of bundles) {
    const secret = find('Secret', one.secretName);
    assert.ok(secret !== undefined && one.isIn(secret), `Secret ${one.secretName} holds what is planned`);
    assert.equal(secret['immutable'], true);
  }
  for (const wanted of [...bundles.map((one) => one.managedResource), ...plan.seedObjects]) {
    const actual = find(wanted.kind, wanted.metadata.name);
    assert.ok(containsJson(actual, wanted), `${wanted.kind} ${wanted.metadata.name} is as planned`);
  }
  const { providerStatus, conditions } = statusOf(network);
  assert.deepEqual(providerStatus, plan.status.providerStatus);
  const warnings = planned.diagnostics.filter(({ severity }) => severity === 'warning').map(({ code }) => code);
  assert.deepEqual(codesIn(conditions), [...warnings, ...(scenario.expected.warnedOfShoot ?? [])].sort());
}

/** What the condition about the configuration warns of. */
function codesIn(conditions: unknown): readonly string[] {
  const all: readonly unknown[] = Array.isArray(conditions) ? conditions : [];
  const messages = all.map((one) => (isRecord(one) ? String(one['message']) : ''));
  return messages.flatMap((text) => [...text.matchAll(/ \[([a-z0-9-]+)\]$/gm)].map(([, code = '']) => code)).sort();
}

function statusOf(network: KubeObject): Readonly<Record<string, unknown>> {
  return isRecord(network['status']) ? network['status'] : {};
}

const forgotten = new Set(['resourceVersion', 'uid', 'creationTimestamp', 'generation', 'managedFields']);
const times = new Set(['lastUpdateTime', 'lastTransitionTime', 'deletionTimestamp']);

function timeless(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(timeless);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]): (readonly [string, unknown])[] => {
      if (forgotten.has(name)) return [];
      return [[name, times.has(name) ? '<time>' : timeless(inner)]];
    }),
  );
}
