import assert from 'node:assert/strict';
import { readConditions } from '../../../controllers/network/conditions.ts';
import { configurationConditionType } from '../../../controllers/network/configuration-condition.ts';
import { resourceOfKind, resources } from '../../../controllers/resources.ts';
import { readFacts } from '../../../controllers/seed/facts.ts';
import { annotations } from '../../../pkg/gardener/constants.ts';
import { containsJson } from '../../../pkg/gardener/merge-patch.ts';
import type { Network } from '../../../pkg/gardener/network.ts';
import { isRecord, type KubeObject } from '../../../pkg/gardener/objects.ts';
import { apiVersionOf } from '../../../pkg/kubernetes/client/resource.ts';
import { referencedSecrets } from '../../../pkg/managedresource/present.ts';
import { planNetwork, pluginFor } from '../../../pkg/network/plan.ts';
import { hideHashes } from './faults.ts';
import { buildResource, plugins, tools, type World } from './runner.ts';
import { type Expected, finalWebhookTarget, type NetworkState, networkName, type Scenario } from './scenario.ts';

/** The stored objects in a namespace that a run may write. */
export interface State {
  readonly network: KubeObject | undefined;
  readonly cluster: KubeObject | undefined;
  readonly objects: readonly KubeObject[];
}

export async function readState({ client, namespace }: World): Promise<State> {
  const { networks, clusters } = resources;
  const lists = await Promise.all(
    ['ConfigMap', 'ManagedResource', 'PrometheusRule', 'ScrapeConfig', 'Secret'].map(async (kind) => {
      const resource = resourceOfKind(kind);
      const { items } = await client.list({ resource, namespace });
      // Items in lists of built-in kinds have no apiVersion and kind.
      return items.map((item) => ({ ...item, apiVersion: apiVersionOf(resource), kind }));
    }),
  );
  return {
    network: await client.find({ resource: networks, namespace, name: networkName }),
    cluster: await client.find({ resource: clusters, name: namespace }),
    // The controller manager of a real cluster creates it in each namespace.
    objects: lists.flat().filter(({ metadata }) => metadata.name !== 'kube-root-ca.crt'),
  };
}

/** Returns the state without what may differ between two paths to the same state: resourceVersions, uids, generations and times. */
export function comparable({ network, objects }: State, { expected }: Scenario): unknown {
  if (network === undefined) return withoutVolatile({ objects });
  const { providerStatus, conditions } = statusOf(network);
  const { status, ...rest } = networkState(network);
  const { observedGeneration, lastOperation, ...others }: Readonly<Record<string, unknown>> = { ...status };
  // A failed run sets observedGeneration; a waiting one does not.
  const observed = expected.results.at(-1) === 'waiting' ? {} : { observedGeneration };
  const last = expected.mixed === true && isRecord(lastOperation) ? lastOperation['state'] : lastOperation;
  const { annotations } = network.metadata;
  return withoutVolatile({
    network: rest,
    status: { ...others, ...observed, last },
    providerStatus,
    conditions,
    annotations,
    objects,
  });
}

/** Returns the state without the Secrets that no ManagedResource refers to; the garbage collector deletes them. */
export function withoutUnusedSecrets(state: State): State {
  const used = state.objects.filter(({ kind }) => kind === 'ManagedResource').flatMap(referencedSecrets);
  return {
    ...state,
    objects: state.objects.filter(({ kind, metadata }) => kind !== 'Secret' || used.includes(metadata.name)),
  };
}

function networkState(network: KubeObject): NetworkState {
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
            ...(JSON.parse(hideHashes(JSON.stringify(withoutVolatile(status)))) as object),
            ...(observedGeneration === undefined ? {} : { observedGeneration: current }),
          },
        }),
  };
}

/** Fails unless the state is the expected one. */
export function assertState(state: State, scenario: Scenario): void {
  const { expected } = scenario;
  const network = state.network === undefined ? 'gone' : networkState(state.network);
  const { annotations = {}, ...wanted } = expected.network === 'gone' ? {} : expected.network;
  assert.deepEqual(network, expected.network === 'gone' ? 'gone' : wanted);
  const stored = withoutTimes(state.network?.metadata.annotations ?? {});
  assert.deepEqual({ ...stored, ...annotations }, stored);
  assert.deepEqual(namesOf(state), [...expected.objects].sort());
  if (expected.planned === true) assertPlanned(state, scenario);
}

function namesOf({ objects }: State): Expected['objects'] {
  return objects.map(({ kind, metadata }) => `${kind} ${hideHashes(metadata.name)}`).sort();
}

function withoutTimes(annotations: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const isTime = (value: string): boolean => /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/.test(value);
  return Object.fromEntries(Object.entries(annotations).map(([key, value]) => [key, isTime(value) ? '<time>' : value]));
}

/** Fails unless the seed contains the plan for this Network and Cluster, except for its postponed part. */
function assertPlanned({ network, cluster, objects }: State, scenario: Scenario): void {
  assert.ok(network !== undefined);
  const webhook = finalWebhookTarget(scenario);
  const { type } = readFacts(network);
  const plugin = pluginFor(plugins, type);
  assert.ok(plugin !== undefined);
  const planned = planNetwork(
    plugin,
    {
      network: network as unknown as Network,
      cluster,
      featureGates: { ...scenario.gates, SeamlessOverlaySwitch: false },
      currentObjects: { available: true, value: [] },
      shoot: { available: false, reason: 'not needed' },
      ...(webhook === undefined ? {} : { webhook }),
    },
    tools,
  );
  assert.ok(planned.outcome === 'planned' || planned.outcome === 'postponed', JSON.stringify(planned.diagnostics));
  const { plan } = planned;
  const namespace = network.metadata.namespace ?? '';
  const rendered = ['managedResource' in plan ? plan.managedResource : undefined, plan.webhookResource]
    .filter((one) => one !== undefined)
    .map((one) => buildResource({ plan: one, namespace }));
  const find = (kind: string, name: string): KubeObject | undefined =>
    objects.find((one) => one.kind === kind && one.metadata.name === name);
  for (const one of rendered) {
    const secret = find('Secret', one.secretName);
    assert.ok(secret !== undefined && one.matches(secret), `Secret ${one.secretName} has the planned content`);
    assert.equal(secret['immutable'], true);
  }
  for (const wanted of [...rendered.map((one) => one.managedResource), ...plan.seedObjects]) {
    const actual = find(wanted.kind, wanted.metadata.name);
    assert.ok(containsJson(actual, wanted), `${wanted.kind} ${wanted.metadata.name} is as planned`);
  }
  const { providerStatus, conditions } = statusOf(network);
  assert.deepEqual(providerStatus, plan.status.providerStatus);
  const accepted = readConditions(conditions).map(({ type, status }) => ({ type, status }));
  assert.deepEqual(accepted, [{ type: configurationConditionType, status: 'True' }]);
  const warnings = planned.diagnostics.filter(({ severity }) => severity === 'warning').map(({ code }) => code);
  assert.deepEqual(findingCodes(conditions), [...warnings, ...(scenario.expected.warnedOfShoot ?? [])].sort());
}

/** Returns the codes of the findings in the messages of conditions. */
function findingCodes(conditions: unknown): readonly string[] {
  const all: readonly unknown[] = Array.isArray(conditions) ? conditions : [];
  const messages = all.map((one) => (isRecord(one) ? String(one['message']) : ''));
  return messages.flatMap((text) => [...text.matchAll(/ \[([a-z0-9-]+)\]$/gm)].map(([, code = '']) => code)).sort();
}

function statusOf(network: KubeObject): Readonly<Record<string, unknown>> {
  return isRecord(network['status']) ? network['status'] : {};
}

const volatileMembers = new Set(['resourceVersion', 'uid', 'creationTimestamp', 'generation', 'managedFields']);
const timeMembers = new Set(['lastUpdateTime', 'lastTransitionTime', 'deletionTimestamp']);

function withoutVolatile(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutVolatile);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]): (readonly [string, unknown])[] => {
      if (volatileMembers.has(name)) return [];
      return [[name, timeMembers.has(name) ? '<time>' : withoutVolatile(inner)]];
    }),
  );
}
