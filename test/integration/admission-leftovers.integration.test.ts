/**
 * An admission, installed by its charts, that serves fewer webhooks than before: it removes its obsolete configurations, so that Shoots of the
 * type can be written, and retains those that another admission serves.
 */
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { isRecord, type KubeObject, recordOf } from '../../pkg/gardener/objects.ts';
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
const withoutServer = await skipWithoutRealControlPlane({ suite: 'obsolete webhook configurations', log });
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
  /** Edits objects of the application part before they are applied. */
  readonly edit?: (objects: readonly KubeObject[]) => readonly KubeObject[];
  /** Retains the roles of other releases. */
  readonly beside?: boolean;
}

/** Installs a release of the chart; resolves when its pod has published its configurations. The Service is its address. */
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
  await ground.eventually('the CA bundle is published', async () =>
    pod.output().includes('Published webhook CA bundle') ? true : undefined,
  );
  return pod;
}

/** Removes the roles of other releases, since all releases share the ServiceAccount in the garden. */
async function removeRoles(): Promise<void> {
  const { client } = ground.cluster;
  for (const resource of ['clusterrolebindings', 'clusterroles'].map((plural) => ({ ...roles, plural })))
    for (const { metadata } of (await client.list({ resource })).items)
      if (metadata.name.startsWith('gardener-extension-admission-'))
        await client.delete({ resource, name: metadata.name });
}

/** Returns the hosts of all configurations, by kind and last part of the name. */
async function hosts(): Promise<Readonly<Record<string, string>>> {
  const lists = await Promise.all(kinds.map((resource) => ground.cluster.client.list({ resource })));
  return Object.fromEntries(
    lists.flatMap(({ items }, index) =>
      items.map((one) => [
        `${index === 0 ? 'validator' : 'mutator'} ${one.metadata.name.split('-').at(-1)}`,
        webhookHost(one),
      ]),
    ),
  );
}

function webhookHost(configuration: KubeObject): string {
  const [webhook]: readonly unknown[] = Array.isArray(configuration['webhooks']) ? configuration['webhooks'] : [];
  const client = recordOf(recordOf(webhook)['clientConfig']);
  return new URL(String(client['url'])).host.replace('gardener-extension-admission-', '');
}

/** Returns the error of the API server for a new Shoot with Cilium in a dry run; undefined if it is accepted. */
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

async function waitForHosts(wanted: Readonly<Record<string, string>>): Promise<void> {
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

test('from both types to one: removes all configurations with the former Service', { skip }, async () => {
  const former = await install({ types: both });
  await waitForHosts(all);
  assert.equal(await former.stop(), 0);
  await install({ types: ['calico'] });
  await waitForHosts({ 'validator calico': 'calico.garden' });
});

test('removes the configurations of a moved type after its former process has ended without releasing the Lease', {
  skip,
}, async () => {
  const former = await install({ types: both });
  await waitForHosts(all);
  const one = await install({ types: ['calico'], beside: true });
  const postponed = 'Webhook configuration not removed yet';
  await ground.eventually('it has detected the running process', async () =>
    one.output().includes(postponed) ? true : undefined,
  );
  const { 'validator cilium': validator, 'mutator cilium': mutator } = await hosts();
  assert.deepEqual([validator, mutator], [shared, shared]);
  await former.kill();
  assert.match((await refusal()) ?? 'accepted', /failed calling webhook "mutator\.admission-cilium/);
  await waitForHosts({ 'validator calico': 'calico.garden' });
  assert.equal(await refusal(), undefined);
});

test('two releases for one type each retain the configurations of each other, even while one is down', {
  skip,
}, async () => {
  const cilium = await install({ types: ['cilium'] });
  const others = { 'validator cilium': 'cilium.garden', 'mutator cilium': 'cilium.garden' };
  await waitForHosts(others);
  await cilium.kill();
  const calico = await install({ types: ['calico'], beside: true });
  await waitForHosts({ 'validator calico': 'calico.garden', ...others });
  assert.ok(!calico.output().includes('Webhook configuration removed'));
  assert.ok(!calico.output().includes('Webhook configuration not removed yet'));
});

test('removes a disabled webhook, and restores an enabled one', { skip }, async () => {
  const first = await install({ types: both });
  await waitForHosts(all);
  await first.stop();
  const second = await install({ types: both, values: { disableWebhooks: ['mutator'] } });
  await waitForHosts({ 'validator calico': shared, 'validator cilium': shared });
  await second.stop();
  await install({ types: both });
  await waitForHosts(all);
});

test('publishes the CA bundle and logs the missing permission if the application part does not allow deletion', {
  skip,
}, async () => {
  const former = await install({ types: both });
  await waitForHosts(all);
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
