/** The image as a pod of the standard `restricted` with a read-only root reconciles Networks. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { resources } from '../../controllers/resources.ts';
import { readManifests } from '../../pkg/managedresource/read.ts';
import { createClient } from '../controlplane/client.ts';
import { isReady } from '../integration/landscape.ts';
import type { Pod } from './pod.ts';
import { e2eSkip, type Seed, startSeed } from './seed.ts';

const log = (line: string): void => console.error(line);
const skip = e2eSkip('Networks reconciled by the image');
const memoryMiB = 256;
let seed: Seed;
let pod: Pod;

/** By type: a workload in the shoot, and the spec of a Network. */
const types = {
  calico: { daemonSet: 'calico-node', spec: {} },
  cilium: {
    daemonSet: 'cilium',
    spec: { providerConfig: { apiVersion: 'cilium.networking.extensions.gardener.cloud/v1alpha1' } },
  },
} as const;

before(async () => {
  if (skip !== false) return;
  seed = await startSeed(log, 'controller');
  // The pod finds these at its start, when its certificates are not created yet.
  for (const type of Object.keys(types) as (keyof typeof types)[]) await createShoot(`found-${type}`, type);
  pod = await seed.pod('extension', ['controller'], { memoryMiB });
  await seed.printed(pod, 'Became leader');
});
after(() => seed?.stop());

async function createShoot(name: string, type: keyof typeof types): Promise<void> {
  await seed.shoot(name, { spec: { type, ...types[type].spec }, shoot: { spec: { networking: { type } } } });
}

for (const type of Object.keys(types) as (keyof typeof types)[]) {
  test(`reconciles existing and new Networks of type ${type}, with the objects for the shoot in Secrets of the seed`, {
    skip,
  }, async () => {
    await createShoot(`new-${type}`, type);
    for (const name of [`found-${type}`, `new-${type}`]) {
      await seed.eventually(`${name} is ready`, async () => (isReady(await seed.network(name)) ? true : undefined));
      const { items } = await seed.client.list({ resource: resources.secrets, namespace: `shoot--test--${name}` });
      const workloads = readManifests(items).filter(({ kind }) => kind === 'DaemonSet');
      assert.ok(workloads.some(({ metadata }) => metadata.name === types[type].daemonSet));
    }
  });
}

test('PID 1 is Node, without root, capabilities and privilege escalation', { skip }, async () => {
  const read = (file: string): Promise<string> =>
    pod.evaluate(`process.stdout.write(require('node:fs').readFileSync('/proc/1/${file}', 'utf8'))`);
  assert.match((await read('cmdline')).replaceAll('\0', ' '), /^node --.*\/netext\/netext\.js controller/);
  const status = Object.fromEntries((await read('status')).split('\n').map((line) => line.split(':\t')));
  assert.equal(status['Uid'], '65532\t65532\t65532\t65532');
  assert.equal(status['Gid'], '65532\t65532\t65532\t65532');
  for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) assert.match(status[set] ?? set, /^0+$/);
  assert.equal(status['NoNewPrivs'], '1');
});

test('no file system of the image is writable, and it contains no shell and no packages', { skip }, async () => {
  const script = `
    const fs = require('node:fs');
    const writable = ['/', '/tmp', '/netext', '/etc'].filter((folder) => {
      try { fs.writeFileSync(folder + '/probe', ''); return true; } catch (error) { return error.code !== 'EROFS'; }
    });
    const folders = (process.env.PATH + ':/bin:/sbin:/usr/sbin:/busybox').split(':').filter((one) => fs.existsSync(one));
    const programs = [...new Set(folders.flatMap((one) => fs.readdirSync(one)))];
    console.log(JSON.stringify({ writable, programs, files: fs.readdirSync('/netext') }));`;
  const { writable, programs, files } = JSON.parse(await pod.evaluate(script));
  assert.deepEqual(writable, []);
  for (const shell of ['sh', 'bash', 'dash', 'busybox', 'npm', 'npx']) assert.ok(!programs.includes(shell), shell);
  for (const file of files) assert.match(file, /^(netext(-[\w-]+)?\.js|sbom\.cdx\.json|licenses\.txt)$/);
});

test('the heap limit is below the memory limit of the pod, so that Node reports exhaustion', { skip }, async () => {
  const limits =
    "JSON.stringify([require('node:v8').getHeapStatistics().heap_size_limit, process.constrainedMemory()])";
  const script = `
    const words = require('node:fs').readFileSync('/proc/1/cmdline', 'utf8').split('\\0');
    const flags = words.slice(1, words.indexOf('/netext/netext.js'));
    const { execFileSync } = require('node:child_process');
    process.stdout.write(execFileSync('node', [...flags, '--print', ${JSON.stringify(limits)}]));`;
  const [heap, memory] = JSON.parse(await pod.evaluate(script));
  assert.equal(memory, memoryMiB * 1024 * 1024);
  // A pod needs some 60 MiB in addition to the heap: code, buffers of connections, Node itself.
  assert.ok(heap < 0.75 * memory && heap > 0.4 * memory, `${heap} of ${memory}`);
});

test('the chart grants the needed permissions, and no others', { skip }, async () => {
  assert.deepEqual(seed.forbidden(), []);
  const client = createClient({ ...seed.controlPlane, token: seed.account.token });
  try {
    const { status, text } = await client.call({ path: '/api/v1/nodes' });
    assert.equal(status, 403, text);
    assert.ok(text.includes(seed.account.user), text);
  } finally {
    await client.close();
  }
  assert.equal(seed.forbidden().length, 1);
});
