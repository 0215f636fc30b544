/** Feature gates from the values of a ControllerDeployment, through the chart and its configuration file, to the objects of a shoot. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { resources } from '../../controllers/resources.ts';
import { isRecord, type KubeObject, recordOf } from '../../pkg/gardener/objects.ts';
import { readManifests } from '../../pkg/managedresource/read.ts';
import { skipWithoutRealControlPlane } from '../controlplane/index.ts';
import { controllerObjects } from '../installation/charts.ts';
import { helmOrSkip } from '../support/helm.ts';
import { type Landscape, operationAnnotations, readStatus, startLandscape } from './landscape.ts';

const log = (line: string): void => console.error(line);
const suite = 'feature gates from the chart to the shoot';
const { helm, skip: noHelm } = helmOrSkip(suite);
const skip = noHelm || (await skipWithoutRealControlPlane({ suite, log }));
let seed: Landscape;

before(async () => {
  if (skip === false) seed = await startLandscape(log);
});
after(() => seed?.stop());

/** Returns the configuration file that the chart mounts with these values. */
function configFile(name: string, featureGates: Readonly<Record<string, boolean>>): string {
  const values = { types: ['calico'], config: { featureGates } };
  const objects = controllerObjects({ helm, kubeVersion: '1.34.2', values });
  const texts = objects
    .filter(({ kind }) => kind === 'ConfigMap')
    .flatMap(({ data }) => (isRecord(data) ? Object.entries(data) : []));
  const text = texts.find(([key]) => key === 'config.yaml')?.[1];
  const file = path.join(seed.folder, name);
  assert.ok(typeof text === 'string', 'the chart has no config.yaml');
  writeFileSync(file, text);
  return file;
}

async function node(name: string): Promise<KubeObject> {
  const namespace = `shoot--test--${name}`;
  const { items } = await seed.client.list({ resource: resources.secrets, namespace });
  const found = readManifests(items).find((one) => one.kind === 'DaemonSet' && one.metadata.name === 'calico-node');
  return found ?? assert.fail('no calico-node');
}

for (const [on, privileged] of [
  [false, true],
  [true, false],
] as const) {
  test(`NonPrivilegedCalicoNode ${on ? 'on' : 'off'}: the container of calico-node is ${privileged ? '' : 'not '}privileged`, {
    skip,
  }, async () => {
    const name = on ? 'gate-on' : 'gate-off';
    const config = configFile(name, { NonPrivilegedCalicoNode: on });
    const extension = seed.run('--no-leader-election', `--config-file=${config}`);
    await seed.shoot(name);
    await seed.ready(name);
    await extension.terminate();
    const container = listContainers(await node(name)).find((one) => one['name'] === 'calico-node');
    const context = recordOf(container?.['securityContext']);
    assert.equal(context['privileged'] === true, privileged);
  });
}

test('SeamlessOverlaySwitch: a waiting overlay switch is reported, and does not fail the shoot', {
  skip,
}, async () => {
  const extension = seed.run(
    '--no-leader-election',
    `--config-file=${configFile('seamless', { SeamlessOverlaySwitch: true })}`,
  );
  await seed.shoot('seamless', {
    spec: { providerConfig: { overlay: { enabled: true } } },
    shoot: { spec: { kubernetes: { version: '1.36.0' } } },
  });
  await seed.ready('seamless');
  const before = JSON.stringify(await node('seamless'));
  await seed.patch('seamless', {
    spec: { providerConfig: { overlay: { enabled: false } } },
    metadata: { annotations: operationAnnotations() },
  });
  const waiting = await seed.eventually('it waits', async () => {
    const network = await seed.network('seamless');
    const last = readStatus(network)['lastOperation'];
    return isRecord(last) && String(last['description']).includes('nodes of the shoot cannot be read')
      ? network
      : undefined;
  });
  assert.equal((readStatus(waiting)['lastOperation'] as { readonly state: string }).state, 'Processing');
  assert.equal(readStatus(waiting)['lastError'], undefined);
  assert.equal(JSON.stringify(await node('seamless')), before);
  await extension.terminate();
});

function listContainers(object: KubeObject): readonly Readonly<Record<string, unknown>>[] {
  const spec = object['spec'] as { readonly template: { readonly spec: { readonly containers: object[] } } };
  return spec.template.spec.containers.filter(isRecord);
}
