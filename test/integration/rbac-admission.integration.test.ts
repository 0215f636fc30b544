/**
 * Both parts of the admission chart grant exactly the permissions that the process needs, in the garden and in the cluster with its certificates: it is never
 * rejected, each permission is needed by a request that no other one allows, and the log reports each missing one.
 */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { webhookConfigurations, webhookKinds } from '../../controllers/admission/configurations.ts';
import { sharedName } from '../../controllers/admission/ownership.ts';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import { builtin } from '../../pkg/kubernetes/client/builtin.ts';
import { skipWithoutRealControlPlane } from '../controlplane/index.ts';
import { admissionObjects, gardenNamespace } from '../installation/charts.ts';
import { deploymentIn, grantGardenAccess, prepareNamespaces } from '../installation/ground.ts';
import type { LocalPod } from '../installation/pod.ts';
import { localValues } from '../installation/values.ts';
import type { AuditedRequest } from '../support/audit.ts';
import { shiftedClock } from '../support/shifted-clock.ts';
import { helm, skip as withoutHelm } from '../unit/helm/charts.ts';
import { describeRight, type Granted, needs, unusedAndMissing } from './rbac/audit.ts';
import { type Ground, grantedBy, startGround } from './rbac/ground.ts';
import { findMessage, isMissed } from './rbac/missed.ts';

const log = (line: string): void => console.error(line);
const withoutServer = await skipWithoutRealControlPlane({ suite: 'permissions of the admission', log });
const skip = withoutServer === false ? withoutHelm : withoutServer;
const ports = (await localValues()).admission;

function render(types: readonly string[]): readonly KubeObject[] {
  const { runtime, application } = admissionObjects({ helm, kubeVersion: 'v1.34.0', values: { ...ports, types } });
  return [...application, ...runtime];
}

let ground: Ground;
before(async () => {
  if (skip !== false) return;
  ground = await startGround(log);
  await prepareNamespaces(ground.cluster);
  await grantGardenAccess(ground.cluster);
});
after(() => ground?.stop());

/** A situation in which a process starts. */
interface Situation {
  readonly name: string;
  readonly prepare: () => Promise<void>;
  readonly nodeFlags?: readonly string[];
  /** Appended to the arguments of the chart. */
  readonly args?: readonly string[];
  /** True if it is possible for an admission of one type only. */
  readonly forOneType?: boolean;
  /** The log message after the last action. */
  readonly lastLog: string;
}

const published = 'Published webhook CA bundle';
const removedOne = 'Webhook configuration removed';
const situations: readonly Situation[] = [
  {
    name: 'initial installation',
    async prepare() {
      await removeAll(builtin.leases, gardenNamespace);
      await removeAll(builtin.secrets, gardenNamespace, 'managed-by=secrets-manager');
      for (const resource of Object.values(configurations)) await removeAll(resource);
    },
    lastLog: published,
  },
  {
    name: 'edited webhook configurations',
    async prepare() {
      for (const resource of Object.values(configurations)) {
        const { items } = await ground.cluster.client.list({ resource });
        for (const { metadata } of items)
          await ground.cluster.client.mergePatch({ resource, name: metadata.name, patch: { webhooks: [] } });
      }
    },
    lastLog: published,
  },
  {
    name: 'a day later, with an unused Secret',
    async prepare() {
      const { items } = await ground.cluster.client.list({
        resource: builtin.secrets,
        namespace: gardenNamespace,
        labelSelector: 'managed-by=secrets-manager',
      });
      const labels = { ...items[0]?.metadata.labels, name: 'of-a-former-version' };
      const metadata = { name: 'of-a-former-version', namespace: gardenNamespace, labels };
      await ground.cluster.apply([{ apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', data: {} }]);
    },
    nodeFlags: [shiftedClock(25)],
    lastLog: 'Removed unused webhook certificate',
  },
  {
    name: 'disabled webhooks',
    async prepare() {},
    args: [`--disable-webhooks=${webhookKinds.join()}`],
    lastLog: removedOne,
  },
  {
    name: 'formerly both types',
    async prepare() {
      for (const resource of Object.values(configurations)) await removeAll(resource);
      const types = ['calico', 'cilium'].map((type) => ({ type, mutates: type === 'cilium' }));
      const address = { mode: 'service', namespace: gardenNamespace, name: sharedName, port: 443 } as const;
      const left = webhookConfigurations({ types, kinds: webhookKinds, address, caBundle: '', owner: undefined });
      const metadata = { namespace: gardenNamespace, name: sharedName };
      const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec: { holderIdentity: '' } };
      await ground.cluster.apply([...left, lease]);
    },
    forOneType: true,
    lastLog: removedOne,
  },
];

const bindings = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  plural: 'clusterrolebindings',
  namespaced: false,
} as const;
const configurations = {
  validators: builtin.validatingWebhookConfigurations,
  mutators: builtin.mutatingWebhookConfigurations,
};

async function removeAll(resource: typeof builtin.leases, namespace?: string, labelSelector?: string): Promise<void> {
  const { client } = ground.cluster;
  const { items } = await client.list({ resource, namespace, labelSelector });
  for (const { metadata } of items) await client.delete({ resource, namespace, name: metadata.name });
}

async function begin(deployment: KubeObject, { prepare, nodeFlags = [], args = [] }: Situation): Promise<LocalPod> {
  await prepare();
  return ground.start(withArgs(deployment, args), nodeFlags);
}

interface Chapter {
  readonly situation: Situation;
  readonly requests: readonly AuditedRequest[];
}

/** Records the requests of the process in each situation, until its last action and a renewal of its Lease. */
async function live(types: readonly string[]): Promise<readonly Chapter[]> {
  const objects = render(types);
  const users = new Set(grantedBy(objects).map(({ user }) => user));
  const deployment = deploymentIn(await ground.cluster.apply(objects));
  const chapters: Chapter[] = [];
  for (const situation of situations.filter(({ forOneType = false }) => !forOneType || types.length === 1)) {
    ground.requests();
    const pod = await begin(deployment, situation);
    const requests: AuditedRequest[] = [];
    await ground.eventually(situation.name, async () => {
      requests.push(...ground.requests().filter(({ user }) => users.has(user)));
      const isRenewed = requests.some(({ verb, resource }) => verb === 'update' && resource === 'leases');
      return pod.output().includes(situation.lastLog) && isRenewed ? true : undefined;
    });
    assert.equal(await pod.stop(), 0, pod.output());
    chapters.push({ situation, requests: [...requests, ...ground.requests().filter(({ user }) => users.has(user))] });
  }
  return chapters;
}

for (const types of [['calico'], ['cilium'], ['calico', 'cilium']])
  test(`${types.join(' and ')}: no request is rejected, and each permission is needed`, { skip }, async () => {
    const requests = (await live(types)).flatMap((one) => one.requests);
    assert.deepEqual(unusedAndMissing(requests, grantedBy(render(types))), { rejected: [], unused: [], missing: [] });
    await unbind(types);
  });

/** Removes the permissions of other installations, which share the ServiceAccount in the garden. */
async function unbind(types: readonly string[]): Promise<void> {
  for (const { kind, metadata } of render(types))
    if (kind === 'ClusterRoleBinding') await ground.cluster.client.delete({ resource: bindings, name: metadata.name });
}

for (const types of [['calico', 'cilium'], ['calico']]) withoutRights(types);

function withoutRights(types: readonly string[]): void {
  suite(`a process for ${types.join(' and ')} reports a permission that is missing at its start`, {
    skip,
  }, () => {
    const objects = skip === false ? render(types) : [];
    const rights = grantedBy(objects);
    let chapters: readonly Chapter[] = [];
    before(async () => {
      chapters = await live(types);
    });
    after(() => unbind(types));

    for (const right of rights.filter((one) => types.length > 1 || isForOneType(one)))
      test(describeRight(right), async (context) => {
        const { situation } =
          chapters.find(({ requests }) => requests.some((one) => needs(one, right, rights))) ??
          assert.fail('not needed');
        const deployment = deploymentIn(await ground.cluster.apply(objects));
        if (situation !== situations[0]) await complete(deployment);
        ground.requests();
        await ground.without(right, async () => {
          const pod = await begin(deployment, situation);
          await ground.eventually('a request is rejected', async () =>
            ground.requests().find((request) => isMissed(request, right)),
          );
          const report = (): string | undefined => findMessage(right, { status: '', output: pod.output() });
          context.diagnostic(
            `${situation.name}: ${await ground.eventually('the log reports it', async () => report())}`,
          );
          await pod.kill();
        });
        await removeAll(builtin.leases, gardenNamespace);
      });

    /** Creates the objects that exist after a run of the process. */
    async function complete(deployment: KubeObject): Promise<void> {
      const [first] = situations;
      if (first === undefined) return;
      const pod = await begin(deployment, first);
      await ground.eventually(first.lastLog, async () => (pod.output().includes(first.lastLog) ? true : undefined));
      await pod.stop();
    }
  });
}

/** Reports whether only an admission of one type has the permission; the others are tested with both types. */
function isForOneType({ resource, name = '' }: Granted): boolean {
  return (
    (resource === 'leases' && name === sharedName) ||
    (!resource.startsWith('validating') ? resource.startsWith('mutating') : name.endsWith('cilium'))
  );
}

function withArgs(deployment: KubeObject, more: readonly string[]): KubeObject {
  const copy = structuredClone(deployment) as KubeObject & {
    readonly spec: {
      readonly template: { readonly spec: { readonly containers: readonly { readonly args: string[] }[] } };
    };
  };
  copy.spec.template.spec.containers[0]?.args.push(...more);
  return copy;
}
