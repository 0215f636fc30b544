/**
 * The rights of the controller's chart are those that it needs: its process lives under them and is never refused, each right is needed by a
 * request that no other one allows, and each that is taken away is missed where somebody looks.
 */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { resources } from '../../controllers/resources.ts';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import { builtin } from '../../pkg/kubernetes/client/builtin.ts';
import { skipWithoutRealControlPlane } from '../controlplane/index.ts';
import { controllerObjects } from '../installation/charts.ts';
import { deploymentIn, prepareNamespaces } from '../installation/ground.ts';
import type { LocalPod } from '../installation/pod.ts';
import { localValues } from '../installation/values.ts';
import type { AuditedRequest } from '../support/audit.ts';
import { helm, skip as withoutHelm } from '../unit/helm/charts.ts';
import { statusOf } from './landscape.ts';
import { type Granted, needs, unusedAndMissing, wordsOf } from './rbac/audit.ts';
import { type Ground, grantedBy, startGround } from './rbac/ground.ts';
import { lifeOf, namespaceOf, type Shoot, type ShootStep } from './rbac/life.ts';
import { isMissed, messageOf } from './rbac/missed.ts';

const log = (line: string): void => console.error(line);
const withoutServer = await skipWithoutRealControlPlane({ suite: 'the rights of the controller', log });
const skip = withoutServer === false ? withoutHelm : withoutServer;

interface Installation {
  readonly types: readonly Shoot['type'][];
  readonly namespace: string;
  readonly isSelfHosted?: boolean;
}

const both: Installation = { types: ['calico', 'cilium'], namespace: 'extension-networking' };
const others: readonly Installation[] = [
  { types: ['calico'], namespace: 'extension-networking-calico' },
  { types: ['cilium'], namespace: 'extension-networking-cilium' },
  { types: ['calico', 'cilium'], namespace: 'extension-networking-root', isSelfHosted: true },
];

function render({ types, ...place }: Installation, kubeVersion: string): readonly KubeObject[] {
  // The gate looks into shoots, and only one that is its own seed can be looked into here.
  const config = { featureGates: { SeamlessOverlaySwitch: place.isSelfHosted === true } };
  return controllerObjects({ helm, kubeVersion, ...place, values: { ...ports, types, config, logLevel: 'debug' } });
}

const ports = (await localValues()).controller;
const rights = skip === false ? grantedBy(render(both, 'v1.34.0')) : [];
let ground: Ground;

before(async () => {
  if (skip !== false) return;
  ground = await startGround(log);
  await prepareNamespaces(
    ground.cluster,
    [both, ...others].map(({ namespace }) => namespace),
  );
});
after(() => ground?.stop());

async function install(installation: Installation): Promise<KubeObject> {
  return deploymentIn(await ground.cluster.apply(render(installation, ground.version)));
}

function wordsFor({ types, isSelfHosted = false }: Installation): string {
  return `${types.join(' and ')} ${isSelfHosted ? 'in a self-hosted shoot' : 'alone'}`;
}

/** A process that leads and has told the shoots of its webhook, where it has one; nothing of an earlier one is left. */
async function startFresh(deployment: KubeObject): Promise<LocalPod> {
  const { namespace = '' } = deployment.metadata;
  for (const resource of [builtin.leases, builtin.secrets]) {
    const { items } = await ground.cluster.client.list({ resource, namespace });
    for (const { metadata } of items) await ground.cluster.client.delete({ resource, namespace, name: metadata.name });
  }
  return ground.start(deployment);
}

async function untilLeading(pod: LocalPod, { types }: Installation): Promise<void> {
  const said = types.includes('cilium') ? 'Published webhook CA bundle' : 'Became leader';
  await ground.eventually(said, async () => (pod.output().includes(said) ? true : undefined));
}

async function take(step: ShootStep, shoot: Shoot): Promise<void> {
  await step.act(shoot);
  await ground.eventually(`${shoot.type} is ${step.name}`, async () => ((await step.isDone(shoot)) ? true : undefined));
}

/** The shoots that live side by side; in a self-hosted shoot there is one network at a time. */
function generationsOf({ types, namespace, isSelfHosted = false }: Installation): readonly (readonly Shoot[])[] {
  const shoots = types.map((type) => ({ type, name: namespace, isSelfHosted }));
  return isSelfHosted ? shoots.map((one) => [one]) : [shoots];
}

interface Chapter {
  readonly name: string;
  readonly requests: readonly AuditedRequest[];
}

/** What the process asked for while it started, and while each thing happened to a shoot of each type. */
async function live(installation: Installation): Promise<readonly Chapter[]> {
  const deployment = await install(installation);
  ground.requests();
  const pod = await startFresh(deployment);
  try {
    return await chaptersOf(installation, pod);
  } finally {
    // The next one listens at the same ports.
    await pod.kill();
  }
}

async function chaptersOf(installation: Installation, pod: LocalPod): Promise<readonly Chapter[]> {
  const chapters: Chapter[] = [];
  const end = (name: string): void => {
    chapters.push({ name, requests: ground.requests().filter(({ user }) => user === pod.account) });
  };
  await untilLeading(pod, installation);
  const isRenewed = (): boolean => chapters.some(({ requests }) => requests.some(({ verb }) => verb === 'update'));
  await ground.eventually('the Lease is renewed', async () => {
    end('started');
    return isRenewed() ? true : undefined;
  });
  for (const shoots of generationsOf(installation))
    for (const step of lifeOf(ground)) {
      for (const shoot of shoots) await take(step, shoot);
      end(step.name);
    }
  assert.equal(await pod.stop(), 0, pod.output());
  end('ended');
  return chapters;
}

for (const installation of others)
  test(`${wordsFor(installation)}: nothing is refused, and each right is needed`, { skip }, async () => {
    const requests = (await live(installation)).flatMap((one) => one.requests);
    const granted = grantedBy(render(installation, ground.version));
    assert.deepEqual(unusedAndMissing(requests, granted), { refused: [], unused: [], missing: [] });
  });

suite('calico and cilium', { skip }, () => {
  let chapters: readonly Chapter[] = [];
  let deployment: KubeObject;
  let pod: LocalPod;
  /** By right: the shoot that is about to live the chapter in which it is needed. */
  const waiting = new Map<Granted, { readonly shoot: Shoot; readonly step: ShootStep }>();

  test('nothing is refused, and each right is needed', async () => {
    chapters = await live(both);
    const requests = chapters.flatMap((one) => one.requests);
    assert.ok(requests.length > 100, `only ${requests.length} requests were seen`);
    assert.deepEqual(unusedAndMissing(requests, rights), { refused: [], unused: [], missing: [] });
  });

  test('shoots are brought to the point where a right is needed', async () => {
    deployment = await install(both);
    pod = await startFresh(deployment);
    await untilLeading(pod, both);
    const steps = lifeOf(ground);
    const prepared = rights.map(async (right, index) => {
      const at = chapters.find((one) => useOf(right, one) !== undefined);
      const step = steps.find(({ name }) => name === at?.name);
      if (at === undefined || step === undefined) return;
      const namespace = useOf(right, at)?.namespace ?? '';
      const shoot: Shoot = { type: namespace.includes('cilium') ? 'cilium' : 'calico', name: `right-${index}` };
      for (const before of steps.slice(0, steps.indexOf(step))) await take(before, shoot);
      waiting.set(right, { shoot, step });
    });
    await Promise.all(prepared);
    assert.ok(waiting.size > 10 && waiting.size < rights.length, `${waiting.size} of ${rights.length}`);
    ground.requests();
  });

  test('what happens to a shoot without the right that it needs', async (context) => {
    for (const [right, { shoot, step }] of waiting)
      await context.test(wordsOf(right), async (one) => {
        const namespace = namespaceOf(shoot);
        await ground.without(right, async () => {
          await step.act(shoot);
          await ground.eventually('a request is refused', async () =>
            ground.requests().find((request) => isMissed(request, right) && isAbout(request, namespace)),
          );
          const said = await ground.eventually('somebody is told', async () => {
            const where = { resource: resources.networks, namespace, name: shoot.name };
            const network = await ground.cluster.client.find(where);
            const status = JSON.stringify(network === undefined ? '' : (statusOf(network)['lastError'] ?? ''));
            return messageOf(right, { status, output: linesAbout(namespace, pod.output()) });
          });
          one.diagnostic(`${step.name}: ${said}`);
        });
      });
    assert.equal(await pod.stop(), 0, pod.output());
  });

  test('what happens to a process that starts without the right that it needs', async (context) => {
    for (const right of rights.filter((one) => !waiting.has(one)))
      await context.test(wordsOf(right), async (one) => {
        ground.requests();
        await ground.without(right, async () => {
          const starting = await startFresh(deployment);
          await ground.eventually('a request is refused', async () =>
            ground.requests().find((request) => isMissed(request, right)),
          );
          const told = (): string | undefined => messageOf(right, { status: '', output: starting.output() });
          one.diagnostic(await ground.eventually('the log says so', async () => told()));
          await starting.kill();
        });
      });
  });
});

/** A request that found what it asked for, and needs the right: what looks for an object that need not be there may do without. */
function useOf(right: Granted, { requests }: Chapter): AuditedRequest | undefined {
  return requests.find((one) => one.code < 400 && needs(one, right, rights));
}

/** A Cluster is named as its namespace. */
function isAbout({ namespace, name }: AuditedRequest, shoot: string): boolean {
  return (namespace ?? name) === shoot;
}

function linesAbout(namespace: string, output: string): string {
  const lines = output.split('\n').filter((line) => line.includes(namespace));
  return lines.join('\n');
}
