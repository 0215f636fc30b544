/**
 * Values that the Go extensions' charts take give, with ours, objects that do the same: beside the project lies a folder with the recorded
 * input and output of those charts. Skipped with one loud line where that folder is missing.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { load, loadAll } from 'js-yaml';
import { isRecord, type KubeObject } from '../../../pkg/gardener/objects.ts';
import { type ChartName, objectsOf, render, skip } from './charts.ts';
import { type Right, rightsOf } from './rights.ts';

const reference = path.join(import.meta.dirname, '../../../../shared/reference');
const types = ['calico', 'cilium'] as const;
if (!existsSync(reference)) console.error('SKIPPED: values of the Go charts: the folder with their records is missing');

for (const type of types) {
  const folder = path.join(reference, type, 'installation');
  for (const name of existsSync(folder) ? readdirSync(folder) : [])
    installation({ type, folder: path.join(folder, name) });
}

function installation({ type, folder }: { readonly type: string; readonly folder: string }): void {
  const input = record(load(readFileSync(path.join(folder, 'input.yaml'), 'utf8')));
  const chart = chartOf(String(input['chart']));
  const rendered = (): ReturnType<typeof render> =>
    render(chart, {
      values: { ...record(input['values']), types: [type] },
      namespace: String(input['namespace']),
      release: String(input['release'] ?? input['releaseName']),
      kubeVersion: String(input['kubeVersion'] ?? input['kubernetesVersion']),
    });
  const title = `${type} ${path.basename(folder)}`;
  if (existsSync(path.join(folder, 'error.txt'))) {
    test(`${title} is refused`, { skip }, () => {
      const field = /\.Values\.([\w.]+) is required/.exec(readFileSync(path.join(folder, 'error.txt'), 'utf8'))?.[1];
      const words = field?.split('.') ?? assert.fail('no field in error.txt');
      assert.match(rendered().error ?? 'nothing is wrong', new RegExp(words.join('[./]')));
    });
    return;
  }
  test(title, { skip }, () => {
    const expected = loadAll(readFileSync(path.join(folder, 'expected.yaml'), 'utf8')).filter(isRecord);
    compare(expected as unknown as readonly KubeObject[], { objects: objectsOf(rendered()), type });
  });
}

interface Ours {
  readonly objects: readonly KubeObject[];
  readonly type: string;
}

function compare(expected: readonly KubeObject[], { objects, type }: Ours): void {
  const namespace = expected.find(({ kind }) => kind === 'ServiceAccount')?.metadata.namespace ?? '';
  for (const theirs of expected) {
    const name = ourName(theirs, namespace);
    const ours = objects.find(({ kind, metadata }) => kind === theirs.kind && metadata.name === name);
    assert.ok(ours !== undefined, `${theirs.kind} ${name} is missing`);
    assert.equal(ours.metadata.namespace, theirs.metadata.namespace);
    comparisons[theirs.kind]?.({ theirs, ours, type });
  }
  const extra = rightsOf(objects).filter((right) => !isCovered(right, rightsOf(expected)) && !isNew(right));
  assert.deepEqual(extra, [], 'rights that the Go extension did not need');
}

/** Cluster-wide roles are named after their namespace, too, and the configuration's ConfigMap has a shorter name. */
function ourName({ kind, metadata }: KubeObject, namespace: string): string {
  if (kind === 'ConfigMap') return metadata.name.replace(/-configmap$/, '-config');
  if (!metadata.name.startsWith('gardener-extension-networking-') || !kind.startsWith('ClusterRole'))
    return metadata.name;
  return `${metadata.name}:${namespace}`;
}

interface Pair {
  readonly theirs: KubeObject;
  readonly ours: KubeObject;
  readonly type: string;
}

const comparisons: Readonly<Record<string, (pair: Pair) => void>> = {
  Deployment: compareDeployments,
  Service: compareServices,
  ConfigMap: compareConfigMaps,
  PodDisruptionBudget: ({ theirs, ours }) => assert.deepEqual(ours['spec'], theirs['spec']),
  ClusterFilter: ({ theirs, ours }) => assert.deepEqual([ours['spec'], labels(ours)], [theirs['spec'], labels(theirs)]),
  ClusterParser: ({ theirs, ours }) => assert.deepEqual(labels(ours), labels(theirs)),
  VerticalPodAutoscaler: compareAutoscalers,
  ClusterRoleBinding: ({ theirs, ours }) => assert.deepEqual(ours['subjects'], theirs['subjects']),
  Secret: ({ theirs, ours }) => assert.deepEqual(ours['data'], theirs['data']),
};

function compareDeployments({ theirs, ours }: Pair): void {
  assert.deepEqual(labels(ours), labels(theirs));
  assert.deepEqual(ours.metadata.annotations, theirs.metadata.annotations);
  const [their, our] = [record(theirs['spec']), record(ours['spec'])];
  for (const field of ['replicas', 'revisionHistoryLimit', 'selector'])
    assert.deepEqual(our[field], their[field], field);
  assert.deepEqual(record(our['strategy'])['rollingUpdate'], record(their['strategy'])['rollingUpdate']);
  comparePods(record(their['template']), record(our['template']));
}

function comparePods(theirs: Readonly<Record<string, unknown>>, ours: Readonly<Record<string, unknown>>): void {
  assert.deepEqual(record(ours['metadata'])['labels'], record(theirs['metadata'])['labels']);
  const withoutChecksums = (template: Readonly<Record<string, unknown>>): unknown =>
    Object.fromEntries(
      Object.entries(record(record(template['metadata'])['annotations'])).filter(
        ([name]) => !name.startsWith('checksum/'),
      ),
    );
  assert.deepEqual(withoutChecksums(ours), withoutChecksums(theirs));
  const [their, our] = [record(theirs['spec']), record(ours['spec'])];
  for (const field of ['serviceAccountName', 'priorityClassName']) assert.equal(our[field], their[field], field);
  const [[theirContainer], [ourContainer]] = [list(their['containers']), list(our['containers'])];
  compareContainers(record(theirContainer), record(ourContainer));
}

function compareContainers(theirs: Readonly<Record<string, unknown>>, ours: Readonly<Record<string, unknown>>): void {
  for (const field of ['name', 'imagePullPolicy', 'livenessProbe', 'readinessProbe'])
    assert.deepEqual(ours[field], theirs[field], field);
  const [theirImage, ourImage] = [String(theirs['image']), String(ours['image'])];
  // Their repository and default version are their own.
  if (theirImage.startsWith('registry.example.com/')) assert.equal(ourImage, theirImage);
  else if (!theirImage.endsWith(':latest')) assert.equal(tagOf(ourImage), tagOf(theirImage));
  const flags = list(theirs['args']).map((flag) => ourFlag(String(flag)));
  const missing = flags.filter((flag) => flag !== '--gardener-version=' && !list(ours['args']).includes(flag));
  assert.deepEqual(missing, []);
  const variables = list(ours['env']).map((one) => record(one)['name']);
  for (const one of list(theirs['env']))
    assert.ok(variables.includes(record(one)['name']), String(record(one)['name']));
  for (const one of list(theirs['ports']))
    assert.ok(list(ours['ports']).some((port) => JSON.stringify(sortedOf(port)) === JSON.stringify(sortedOf(one))));
  const { requests, limits } = record(theirs['resources']);
  if (limits !== undefined) assert.deepEqual(record(ours['resources'])['limits'], limits);
  for (const [name, quantity] of Object.entries(record(requests)))
    assert.equal(record(record(ours['resources'])['requests'])[name], quantity, name);
}

/** Where our files are mounted, and the present name of a flag. */
function ourFlag(flag: string): string {
  return flag
    .replace(/^--config-file=.*/, '--config-file=/etc/gardener-extension-networking/config/config.yaml')
    .replace(
      /^--kubeconfig=\/etc\/.*/,
      '--kubeconfig=/etc/gardener-extension-networking-admission/kubeconfig/kubeconfig',
    )
    .replace(/^--autonomous-shoot-cluster(=.*)?$/, '--self-hosted-shoot-cluster=true');
}

function compareServices({ theirs, ours }: Pair): void {
  const annotations = ({ metadata }: KubeObject): ReadonlyMap<string, unknown> =>
    new Map(Object.entries(metadata.annotations ?? {}).map(([name, text]) => [name, load(text)]));
  assert.deepEqual(annotations(ours), annotations(theirs));
  const [their, our] = [record(theirs['spec']), record(ours['spec'])];
  for (const field of ['type', 'selector', 'trafficDistribution']) assert.deepEqual(our[field], their[field], field);
  for (const one of list(their['ports'])) {
    const { port, targetPort } = record(one);
    assert.ok(
      list(our['ports']).some((two) => record(two)['port'] === port && record(two)['targetPort'] === targetPort),
    );
  }
}

/** Limits that nobody asked for are not printed by us; everything else of the configuration is the same. */
function compareConfigMaps({ theirs, ours, type }: Pair): void {
  const [their, our] = [record(theirs['data']), record(ours['data'])];
  const file = Object.keys(their)[0] ?? assert.fail('an empty ConfigMap');
  const [expected, actual] = [record(load(String(their[file]))), record(load(String(our[file])))];
  if (file !== 'config.yaml') return assert.deepEqual(actual, expected);
  const { clientConnection, ...rest } = actual;
  const { clientConnection: theirConnection, ...theirRest } = expected;
  if (clientConnection !== undefined) assert.deepEqual(clientConnection, theirConnection);
  const { featureGates: gates, ...header } = theirRest;
  assert.deepEqual(header, {
    apiVersion: `${type}.networking.extensions.config.gardener.cloud/v1alpha1`,
    kind: 'ControllerConfiguration',
  });
  // Gates that are off by default need not be named.
  const on = Object.entries(record(gates)).filter(([, value]) => value === true);
  assert.deepEqual(
    Object.entries(record(rest['featureGates'])).filter(([, value]) => value === true),
    on,
  );
}

/** Theirs printed Off without quotes, which is the boolean false. */
function compareAutoscalers({ theirs, ours }: Pair): void {
  const mode = record(record(theirs['spec'])['updatePolicy'])['updateMode'];
  assert.deepEqual(ours['spec'], {
    ...record(theirs['spec']),
    updatePolicy: { updateMode: mode === false ? 'Off' : mode },
  });
}

/** Whether somebody with the rights of the Go extension has this one; what was allowed everywhere is allowed in one namespace. */
function isCovered(right: Right, theirs: readonly Right[]): boolean {
  return theirs.some(
    (one) =>
      one.group === right.group &&
      one.resource === right.resource &&
      one.verb === right.verb &&
      (one.name === undefined || one.name === right.name) &&
      (one.scope === 'cluster' || right.scope === 'namespace'),
  );
}

/**
 * What the Go extensions could not do: register a webhook by themselves and look at nodes, in self-hosted shoots, and remove what an admission of
 * both types left in the garden, once its Lease says that it is gone.
 */
function isNew({ resource, verb, name = '' }: Right): boolean {
  if (resource === 'validatingwebhookconfigurations' && verb === 'delete')
    return name.startsWith('gardener-extension-admission-');
  if (resource === 'leases') return verb === 'get' && name === 'gardener-extension-admission-networking';
  // For option kubeAPIServerGlobalNetworkSet, which the recorded version of the Go extension does not have.
  if (resource === 'dnsrecords') return verb === 'list';
  return ['mutatingwebhookconfigurations', 'nodes'].includes(resource) && verb !== 'watch';
}

function chartOf(chart: string): ChartName {
  if (chart.endsWith('/application')) return 'application';
  return chart.endsWith('/runtime') ? 'runtime' : 'controller';
}

function tagOf(image: string): string {
  return /[:@][^/]*$/.exec(image)?.[0] ?? '';
}

function labels({ metadata }: KubeObject): unknown {
  return metadata.labels;
}

function sortedOf(value: unknown): unknown {
  return Object.fromEntries(Object.entries(record(value)).sort(([one], [other]) => (one < other ? -1 : 1)));
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
