/**
 * The processes of the charts of the Go extensions with a real API server: the same arguments and configuration files, but with
 * other paths and ports, since they do not run in a pod.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { skipWithoutRealControlPlane } from '../controlplane/index.ts';
import { readInstallation, recordedInstallations } from '../support/installations.ts';
import { createMissing, seedResources } from '../support/seed.ts';
import { type Landscape, startLandscape } from './landscape.ts';

const log = (line: string): void => console.error(line);
const suite = 'processes started as in the Go charts';
const recorded = recordedInstallations(suite);
const skip = (await skipWithoutRealControlPlane({ suite, log })) || recorded.skip;
const folder = mkdtempSync(path.join(tmpdir(), 'netext-installation-'));
let seed: Landscape;

before(async () => {
  if (skip === false) seed = await startLandscape(log);
});
after(async () => {
  await seed?.stop();
  rmSync(folder, { recursive: true, force: true });
});

for (const file of recorded.files.filter((one) => /ext-0[14]|extension-(default|all-values|self-hosted)/.test(one))) {
  test(path.dirname(file), { skip }, async () => {
    const { args, env, mounted } = readInstallation(file);
    const [type = ''] = file.split('/');
    const namespace = env['LEADER_ELECTION_NAMESPACE'] ?? assert.fail('no namespace');
    const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
    await createMissing({ client: seed.client, resource: seedResources.namespaces, object });
    const moved = args
      .filter((arg) => !/^--(metrics-bind-address|health-bind-address|webhook-config-server-port)=/.test(arg))
      .map((arg) => (arg.startsWith('--config-file=') ? `--config-file=${written(mounted, arg)}` : arg));
    const extension = seed.run(...moved, `--leader-election-namespace=${namespace}`);
    const name = path.basename(path.dirname(file)).replaceAll(/[^a-z0-9]/g, '-');
    const networking = { type, pods: '10.96.0.0/11', services: '10.64.0.0/13', nodes: '10.250.0.0/16' };
    await seed.shoot(name, {
      spec: { type, providerConfig: null },
      shoot: { spec: { networking: { ...networking, providerConfig: null } } },
    });
    await seed.ready(name);
    assert.equal(await extension.terminate(), 0, extension.output());
  });
}

function written(mounted: Readonly<Record<string, Buffer>>, arg: string): string {
  const target = path.join(mkdtempSync(path.join(folder, 'config-')), 'config.yaml');
  writeFileSync(target, mounted[arg.slice('--config-file='.length)] ?? assert.fail(`${arg} is not mounted`));
  return target;
}
