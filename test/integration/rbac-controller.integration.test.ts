/**
 * The controller chart grants exactly the needed permissions: the process is never rejected, each permission is needed by a
 * request that no other one allows, and each missing one is reported in the status or the log.
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
import { readStatus } from './landscape.ts';
import { describeRight, type Granted, needs, unusedAndMissing } from './rbac/audit.ts';
import { type Ground, grantedBy, startGround } from './rbac/ground.ts';
import { lifeSteps, namespaceFor, type Shoot, type ShootStep } from './rbac/life.ts';
import { findMessage, isMissed } from './rbac/missed.ts';

const log = (line: string): void => console.error(line);
const withoutServer = await skipWithoutRealControlPlane({ suite: 'permissions of the controller', log });
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
  // The gate reads from shoots, which is possible here only for a shoot that is its own seed.
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

function describeInstallation({ types, isSelfHosted = false }: Installation): string {
  return `${types.join(' and ')} ${isSelfHosted ? 'in a self-hosted shoot' : 'alone'}`;
}

/** Starts a process without the objects of an earlier one; resolves when it leads and has published its webhook, if any. */
async function startFresh(deployment: KubeObject): Promise<LocalPod> {
  const { namespace = '' } = deployment.metadata;
  for (const resource of [builtin.leases, builtin.secrets]) {
    const { items } = await ground.cluster.client.list({ resource, namespace });
    for (const { metadata } of items) await ground.cluster.client.delete({ resource, namespace, name: metadata.name });
  }
  return ground.start(deployment);
}

async function waitUntilLeading(pod: LocalPod, { types }: Installation): Promise<void> {
  const message = types.includes('cilium') ? 'Published webhook CA bundle' : 'Became leader';
  await ground.eventually(message, async () => (pod.output().includes(message) ? true : undefined));
}

async function take(step: ShootStep, shoot: Shoot): Promise<void> {
  await step.act(shoot);
  await ground.eventually(`${shoot.type} is ${step.name}`, async () => ((await step.isDone(shoot)) ? true : undefined));
}

/** Returns groups of shoots that exist at the same time; a self-hosted shoot has only one network. */
function shootGroups({ types, namespace, isSelfHosted = false }: Installation): readonly (readonly Shoot[])[] {
  const shoots = types.map((type) => ({ type, name: namespace, isSelfHosted }));
  return isSelfHosted ? shoots.map((one) => [one]) : [shoots];
}

interface Chapter {
  readonly name: string;
  readonly requests: readonly AuditedRequest[];
}

/** Records the requests of the process during its start, and during each step in the life of a shoot of each type. */
async function live(installation: Installation): Promise<readonly Chapter[]> {
  const deployment = await install(installation);
  ground.requests();
  const pod = await startFresh(deployment);
  try {
    return await recordChapters(installation, pod);
  } finally {
    // The next one uses the same ports.
    await pod.kill();
  }
}

async function recordChapters(installation: Installation, pod: LocalPod): Promise<readonly Chapter[]> {
  const chapters: Chapter[] = [];
  const end = (name: string): void => {
    chapters.push({ name, requests: ground.requests().filter(({ user }) => user === pod.account) });
  };
  await waitUntilLeading(pod, installation);
  const isRenewed = (): boolean => chapters.some(({ requests }) => requests.some(({ verb }) => verb === 'update'));
  await ground.eventually('the Lease is renewed', async () => {
    end('started');
    return isRenewed() ? true : undefined;
  });
  for (const shoots of shootGroups(installation))
    for (const step of lifeSteps(ground)) {
      for (const shoot of shoots) await take(step, shoot);
      end(step.name);
    }
  assert.equal(await pod.stop(), 0, pod.output());
  end('ended');
  return chapters;
}

for (const installation of others)
  test(`${describeInstallation(installation)}: no request is rejected, and each permission is needed`, {
    skip,
  }, async () => {
    const requests = (await live(installation)).flatMap((one) => one.requests);
    const granted = grantedBy(render(installation, ground.version));
    assert.deepEqual(unusedAndMissing(requests, granted), { rejected: [], unused: [], missing: [] });
  });

suite('calico and cilium', { skip }, () => {
  let chapters: readonly Chapter[] = [];
  let deployment: KubeObject;
  let pod: LocalPod;
  /** By permission: the shoot before the step that needs it. */
  const waiting = new Map<Granted, { readonly shoot: Shoot; readonly step: ShootStep }>();

  test('no request is rejected, and each permission is needed', async () => {
    chapters = await live(both);
    const requests = chapters.flatMap((one) => one.requests);
    assert.ok(requests.length > 100, `only ${requests.length} requests were seen`);
    assert.deepEqual(unusedAndMissing(requests, rights), { rejected: [], unused: [], missing: [] });
  });

  test('prepares shoots before the steps that need a permission', async () => {
    deployment = await install(both);
    pod = await startFresh(deployment);
    await waitUntilLeading(pod, both);
    const steps = lifeSteps(ground);
    const prepared = rights.map(async (right, index) => {
      const at = chapters.find((one) => findUse(right, one) !== undefined);
      const step = steps.find(({ name }) => name === at?.name);
      if (at === undefined || step === undefined) return;
      const namespace = findUse(right, at)?.namespace ?? '';
      const shoot: Shoot = { type: namespace.includes('cilium') ? 'cilium' : 'calico', name: `right-${index}` };
      for (const before of steps.slice(0, steps.indexOf(step))) await take(before, shoot);
      waiting.set(right, { shoot, step });
    });
    await Promise.all(prepared);
    assert.ok(waiting.size > 10 && waiting.size < rights.length, `${waiting.size} of ${rights.length}`);
    ground.requests();
  });

  test('reports a missing permission for a shoot', async (context) => {
    for (const [right, { shoot, step }] of waiting)
      await context.test(describeRight(right), async (one) => {
        const namespace = namespaceFor(shoot);
        await ground.without(right, async () => {
          await step.act(shoot);
          await ground.eventually('a request is rejected', async () =>
            ground.requests().find((request) => isMissed(request, right) && isAbout(request, namespace)),
          );
          const report = await ground.eventually('it is reported', async () => {
            const where = { resource: resources.networks, namespace, name: shoot.name };
            const network = await ground.cluster.client.find(where);
            const status = JSON.stringify(network === undefined ? '' : (readStatus(network)['lastError'] ?? ''));
            return findMessage(right, { status, output: linesAbout(namespace, pod.output()) });
          });
          one.diagnostic(`${step.name}: ${report}`);
        });
      });
    assert.equal(await pod.stop(), 0, pod.output());
  });

  test('reports a permission that is missing at the start of a process', async (context) => {
    for (const right of rights.filter((one) => !waiting.has(one)))
      await context.test(describeRight(right), async (one) => {
        ground.requests();
        await ground.without(right, async () => {
          const starting = await startFresh(deployment);
          await ground.eventually('a request is rejected', async () =>
            ground.requests().find((request) => isMissed(request, right)),
          );
          const report = (): string | undefined => findMessage(right, { status: '', output: starting.output() });
          one.diagnostic(await ground.eventually('the log reports it', async () => report()));
          await starting.kill();
        });
      });
  });
});

/** Finds a successful request that needs the permission; a lookup of an optional object may work without it. */
function findUse(right: Granted, { requests }: Chapter): AuditedRequest | undefined {
  return requests.find((one) => one.code < 400 && needs(one, right, rights));
}

/** Reports whether a request concerns a shoot; a Cluster has the name of the namespace. */
function isAbout({ namespace, name }: AuditedRequest, shoot: string): boolean {
  return (namespace ?? name) === shoot;
}

function linesAbout(namespace: string, output: string): string {
  const lines = output.split('\n').filter((line) => line.includes(namespace));
  return lines.join('\n');
}
