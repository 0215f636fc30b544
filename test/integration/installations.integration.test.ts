/**
 * Processes with the arguments and configuration files that the charts of the Go extensions give them, on a real API server. Only paths of files and
 * ports differ, since the process runs outside a pod.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { skipWithoutRealControlPlane } from '../controlplane/index.ts';
import { cnis } from '../parity/cases.ts';
import { readProcesses } from '../parity/installations.ts';
import { createMissing, seedResources } from '../support/seed.ts';
import { type Landscape, startLandscape } from './landscape.ts';

const log = (line: string): void => console.error(line);
const skip = await skipWithoutRealControlPlane({
  suite: 'processes as the charts of the Go extensions start them',
  log,
});
const folder = mkdtempSync(path.join(tmpdir(), 'netext-installation-'));
let seed: Landscape;

before(async () => {
  if (skip === false) seed = await startLandscape(log);
});
after(async () => {
  await seed?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const chosen = readProcesses().filter(({ name }) =>
  /^ext-0[14]|^extension-(default|all-values|self-hosted)/.test(name),
);

test('installations of both types are chosen', () => {
  assert.deepEqual([...new Set(chosen.map(({ type }) => type))], [...cnis]);
});

for (const installation of chosen) {
  const { type } = installation;
  test(`${type} ${installation.name}`, { skip }, async () => {
    const { args, env, mounted } = installation.process;
    const namespace = env['LEADER_ELECTION_NAMESPACE'] ?? assert.fail('no namespace');
    const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
    await createMissing({ client: seed.client, resource: seedResources.namespaces, object });
    const moved = args
      .filter((arg) => !/^--(metrics-bind-address|health-bind-address|webhook-config-server-port)=/.test(arg))
      .map((arg) => (arg.startsWith('--config-file=') ? `--config-file=${written(mounted, arg)}` : arg));
    const extension = seed.run(...moved, `--leader-election-namespace=${namespace}`);
    const name = `${type}-${installation.name}`.replaceAll(/[^a-z0-9]/g, '-');
    const networking = { type, pods: '10.96.0.0/11', services: '10.64.0.0/13', nodes: '10.250.0.0/16' };
    await seed.shoot(name, {
      spec: { type, providerConfig: null },
      shoot: { spec: { networking: { ...networking, providerConfig: null } } },
    });
    await seed.ready(name);
    assert.equal(await extension.terminate(), 0, extension.output());
  });
}

/** Writes the mounted file that the argument names. Returns its path. */
function written(mounted: Readonly<Record<string, string>>, arg: string): string {
  const target = path.join(mkdtempSync(path.join(folder, 'config-')), 'config.yaml');
  writeFileSync(target, mounted[arg.slice('--config-file='.length)] ?? assert.fail(`${arg} is not mounted`));
  return target;
}
