/**
 * An admission, as its charts install it, that serves less than before: what it wrote and nobody answers any more goes, so that Shoots of the
 * type can be written; what another admission answers stays.
 */
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import { builtin } from '../../pkg/kubernetes/client/builtin.ts';
import { ApiError } from '../../pkg/kubernetes/client/errors.ts';
import { skipWithoutRealControlPlane } from '../controlplane/index.ts';
import { admissionObjects, gardenNamespace } from '../installation/charts.ts';
import { deploymentIn, grantGardenAccess, prepareNamespaces } from '../installation/ground.ts';
import type { LocalPod } from '../installation/pod.ts';
import { localValues } from '../installation/values.ts';
import { helm, skip as withoutHelm } from '../unit/helm/charts.ts';
import { type Ground, startGround } from './rbac/ground.ts';

const log = (line: string): void => console.error(line);
const withoutServer = await skipWithoutRealControlPlane({ suite: 'what an admission leaves behind', log });
const skip = withoutServer === false ? withoutHelm : withoutServer;

let ground: Ground;
const pods = new Set<LocalPod>();

before(async () => {
  if (skip !== false) return;
  ground = await startGround(log);
  await prepareNamespaces(ground.cluster);
  await grantGardenAccess(ground.cluster);
});
afterEach(async () => {
  for (const pod of pods) await pod.kill();
  pods.clear();
  if (skip === false) for (const resource of kinds) await removeAll(resource);
  if (skip === false) await removeAll(builtin.leases);
});
after(() => ground?.stop());

const kinds = [builtin.validatingWebhookConfigurations, builtin.mutatingWebhookConfigurations];
const roles = { group: 'rbac.authorization.k8s.io', version: 'v1', namespaced: false } as const;

async function removeAll(resource: typeof builtin.leases): Promise<void> {
  const { client } = ground.cluster;
  const where = resource.namespaced ? { namespace: gardenNamespace } : {};
  for (const { metadata } of (await client.list({ resource, ...where })).items)
    await client.delete({ resource, ...where, name: metadata.name });
}

interface Installation {
  readonly types: readonly string[];
  readonly values?: object;
  /** Of the application part, as they are before they are applied. */
  readonly edit?: (objects: readonly KubeObject[]) => readonly KubeObject[];
  /** The roles of other releases stay. */
  readonly beside?: boolean;
}

/** One release of the chart, whose pod runs when this resolves and has published its configurations; the Service is its address. */
async function install({ types, values = {}, edit, beside = false }: Installation): Promise<LocalPod> {
  const { admission } = await localValues();
  const { serverPort } = admission['webhookConfig'] as { readonly serverPort: number };
  const { runtime, application } = admissionObjects({
    helm,
    kubeVersion: 'v1.34.0',
    values: { ...admission, webhookConfig: { serverPort }, types, ...values },
  });
  if (!beside) await removeRoles();
  await ground.cluster.apply(edit?.(application) ?? application);
  const pod = await ground.start(deploymentIn(await ground.cluster.apply(runtime)));
  pods.add(pod);
  await ground.eventually('the bundle is published', async () =>
    pod.output().includes('Published webhook CA bundle') ? true : undefined,
  );
  return pod;
}

/** The ServiceAccount in the garden is the same for all: it must not keep what another release gave it. */
async function removeRoles(): Promise<void> {
  const { client } = ground.cluster;
  for (const resource of ['clusterrolebindings', 'clusterroles'].map((plural) => ({ ...roles, plural })))
    for (const { metadata } of (await client.list({ resource })).items)
      if (metadata.name.startsWith('gardener-extension-admission-'))
        await client.delete({ resource, name: metadata.name });
}

/** Hosts of all configurations, by kind and the last word of the name. */
async function hosts(): Promise<Readonly<Record<string, string>>> {
  const lists = await Promise.all(kinds.map((resource) => ground.cluster.client.list({ resource })));
  return Object.fromEntries(
    lists.flatMap(({ items }, index) =>
      items.map((one) => [
        `${index === 0 ? 'validator' : 'mutator'} ${one.metadata.name.split('-').at(-1)}`,
        hostOf(one),
      ]),
    ),
  );
}

function hostOf(configuration: KubeObject): string {
  const [webhook]: readonly unknown[] = Array.isArray(configuration['webhooks']) ? configuration['webhooks'] : [];
  const client = isRecord(webhook) && isRecord(webhook['clientConfig']) ? webhook['clientConfig'] : {};
  return new URL(String(client['url'])).host.replace('gardener-extension-admission-', '');
}

/** What the API server says to a new Shoot with Cilium, in a dry run; undefined when it takes it. */
async function refusal(): Promise<string | undefined> {
  const object = {
    apiVersion: 'core.gardener.cloud/v1beta1',
    kind: 'Shoot',
    metadata: {
      namespace: 'garden-dev',
      name: 'new',
      labels: { 'networking.extensions.gardener.cloud/cilium': 'true' },
    },
    spec: { networking: { type: 'cilium' } },
  };
  const shoots = { group: 'core.gardener.cloud', version: 'v1beta1', plural: 'shoots', namespaced: true };
  try {
    await ground.cluster.client.create({ resource: shoots, object, dryRun: true });
    return undefined;
  } catch (error) {
    if (error instanceof ApiError) return error.message;
    throw error;
  }
}

async function untilHosts(wanted: Readonly<Record<string, string>>): Promise<void> {
  let last: unknown;
  await ground
    .eventually('the configurations', async () => {
      last = await hosts();
      return JSON.stringify(last) === JSON.stringify(wanted) ? true : undefined;
    })
    .catch((error: unknown) => assert.deepEqual(last, wanted, String(error)));
}

const both = ['calico', 'cilium'];
const shared = 'networking.garden';
const all = { 'validator calico': shared, 'validator cilium': shared, 'mutator cilium': shared };

test('from both types to one: nothing is left that names the former Service', { skip }, async () => {
  const former = await install({ types: both });
  await untilHosts(all);
  assert.equal(await former.stop(), 0);
  await install({ types: ['calico'] });
  await untilHosts({ 'validator calico': 'calico.garden' });
});

test('a type moves out while its former process still runs: its configurations go when that has ended, though nobody gave the Lease back', {
  skip,
}, async () => {
  const former = await install({ types: both });
  await untilHosts(all);
  const one = await install({ types: ['calico'], beside: true });
  const kept = 'Webhook configuration not removed yet';
  await ground.eventually('it has seen that the other one lives', async () =>
    one.output().includes(kept) ? true : undefined,
  );
  const { 'validator cilium': validator, 'mutator cilium': mutator } = await hosts();
  assert.deepEqual([validator, mutator], [shared, shared]);
  await former.kill();
  assert.match((await refusal()) ?? 'accepted', /failed calling webhook "mutator\.admission-cilium/);
  await untilHosts({ 'validator calico': 'calico.garden' });
  assert.equal(await refusal(), undefined);
});

test('two releases, one for each type: neither touches what the other answers, not even while that is down', {
  skip,
}, async () => {
  const cilium = await install({ types: ['cilium'] });
  const others = { 'validator cilium': 'cilium.garden', 'mutator cilium': 'cilium.garden' };
  await untilHosts(others);
  await cilium.kill();
  const calico = await install({ types: ['calico'], beside: true });
  await untilHosts({ 'validator calico': 'calico.garden', ...others });
  assert.ok(!calico.output().includes('Webhook configuration removed'));
  assert.ok(!calico.output().includes('Webhook configuration not removed yet'));
});

test('a webhook that is switched off is removed, and comes back', { skip }, async () => {
  const first = await install({ types: both });
  await untilHosts(all);
  await first.stop();
  const second = await install({ types: both, values: { disableWebhooks: ['mutator'] } });
  await untilHosts({ 'validator calico': shared, 'validator cilium': shared });
  await second.stop();
  await install({ types: both });
  await untilHosts(all);
});

test('beside an application part that cannot remove: the bundle is published all the same, and the log says what is missing', {
  skip,
}, async () => {
  const former = await install({ types: both });
  await untilHosts(all);
  await former.stop();
  const pod = await install({ types: ['calico'], edit: (objects) => objects.map(withoutDeletions) });
  const missing = 'cannot delete resource';
  await ground.eventually('the log', async () => (pod.output().includes(missing) ? true : undefined));
  assert.match(pod.output(), /Failed to remove leftover webhook configurations/);
  assert.deepEqual(await hosts(), { ...all, 'validator calico': 'calico.garden' });
});

function withoutDeletions(object: KubeObject): KubeObject {
  const rules = Array.isArray(object['rules']) ? object['rules'].filter(isRecord) : undefined;
  const verbs = (of: unknown): readonly unknown[] => (Array.isArray(of) ? of.filter((verb) => verb !== 'delete') : []);
  return rules === undefined
    ? object
    : { ...object, rules: rules.map((rule) => ({ ...rule, verbs: verbs(rule['verbs']) })) };
}
