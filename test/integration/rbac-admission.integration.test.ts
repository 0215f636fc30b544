/**
 * The rights of both parts of the admission's chart are those that its process needs, in the garden and beside its own certificates: it is never
 * refused under them, each is needed by a request that no other one allows, and each that is taken away is missed in its log.
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
import { type Granted, needs, unusedAndMissing, wordsOf } from './rbac/audit.ts';
import { type Ground, grantedBy, startGround } from './rbac/ground.ts';
import { isMissed, messageOf } from './rbac/missed.ts';

const log = (line: string): void => console.error(line);
const withoutServer = await skipWithoutRealControlPlane({ suite: 'the rights of the admission', log });
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

/** In what a process finds itself when it starts. */
interface Situation {
  readonly name: string;
  readonly prepare: () => Promise<void>;
  readonly nodeFlags?: readonly string[];
  /** Behind those of the chart. */
  readonly args?: readonly string[];
  /** Only an admission of one type can be in it. */
  readonly forOneType?: boolean;
  /** What it has said when it has done everything. */
  readonly said: string;
}

const published = 'Published webhook CA bundle';
const removedOne = 'Webhook configuration removed';
const situations: readonly Situation[] = [
  {
    name: 'nothing is there',
    async prepare() {
      await removeAll(builtin.leases, gardenNamespace);
      await removeAll(builtin.secrets, gardenNamespace, 'managed-by=secrets-manager');
      for (const resource of Object.values(configurations)) await removeAll(resource);
    },
    said: published,
  },
  {
    name: 'somebody has edited the webhook configurations',
    async prepare() {
      for (const resource of Object.values(configurations)) {
        const { items } = await ground.cluster.client.list({ resource });
        for (const { metadata } of items)
          await ground.cluster.client.mergePatch({ resource, name: metadata.name, patch: { webhooks: [] } });
      }
    },
    said: published,
  },
  {
    name: 'a day later, with a Secret that nothing uses any more',
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
    said: 'Removed a webhook certificate',
  },
  {
    name: 'its webhooks are switched off',
    async prepare() {},
    args: [`--disable-webhooks=${webhookKinds.join()}`],
    said: removedOne,
  },
  {
    name: 'it served both types before',
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
    said: removedOne,
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

/** What the process asked for in each situation, until it has done everything and renewed its Lease. */
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
      return pod.output().includes(situation.said) && isRenewed ? true : undefined;
    });
    assert.equal(await pod.stop(), 0, pod.output());
    chapters.push({ situation, requests: [...requests, ...ground.requests().filter(({ user }) => users.has(user))] });
  }
  return chapters;
}

for (const types of [['calico'], ['cilium'], ['calico', 'cilium']])
  test(`${types.join(' and ')}: nothing is refused, and each right is needed`, { skip }, async () => {
    const requests = (await live(types)).flatMap((one) => one.requests);
    assert.deepEqual(unusedAndMissing(requests, grantedBy(render(types))), { refused: [], unused: [], missing: [] });
    await unbind(types);
  });

/** The ServiceAccount in the garden is the same for all: it must not keep what another installation gave it. */
async function unbind(types: readonly string[]): Promise<void> {
  for (const { kind, metadata } of render(types))
    if (kind === 'ClusterRoleBinding') await ground.cluster.client.delete({ resource: bindings, name: metadata.name });
}

for (const types of [['calico', 'cilium'], ['calico']]) withoutRights(types);

function withoutRights(types: readonly string[]): void {
  suite(`what happens to a process for ${types.join(' and ')} that starts without the right that it needs`, {
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
      test(wordsOf(right), async (context) => {
        const { situation } =
          chapters.find(({ requests }) => requests.some((one) => needs(one, right, rights))) ??
          assert.fail('not needed');
        const deployment = deploymentIn(await ground.cluster.apply(objects));
        if (situation !== situations[0]) await complete(deployment);
        ground.requests();
        await ground.without(right, async () => {
          const pod = await begin(deployment, situation);
          await ground.eventually('a request is refused', async () =>
            ground.requests().find((request) => isMissed(request, right)),
          );
          const told = (): string | undefined => messageOf(right, { status: '', output: pod.output() });
          context.diagnostic(`${situation.name}: ${await ground.eventually('the log says so', async () => told())}`);
          await pod.kill();
        });
        await removeAll(builtin.leases, gardenNamespace);
      });

    /** Everything is there, as a process leaves it. */
    async function complete(deployment: KubeObject): Promise<void> {
      const [first] = situations;
      if (first === undefined) return;
      const pod = await begin(deployment, first);
      await ground.eventually(first.said, async () => (pod.output().includes(first.said) ? true : undefined));
      await pod.stop();
    }
  });
}

/** The rights that an admission of both types has not; it shows for the others what is missing without them. */
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
