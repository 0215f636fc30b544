/** Tests of `make install-local`, from the start to the summary. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { skipWithoutRealControlPlane } from '../../test/controlplane/index.ts';
import { skip as withoutHelm } from '../../test/unit/helm/charts.ts';

const log = (line: string): void => console.error(line);
const withoutServer = await skipWithoutRealControlPlane({ suite: 'make install-local', log });
const skip = withoutServer === false ? withoutHelm : withoutServer;
const script = path.join(import.meta.dirname, 'install-local.ts');

function run(env: Readonly<Record<string, string>>): ReturnType<typeof spawnSync> {
  const { KUBECONFIG: _, FORCE_COLOR: __, ...inherited } = process.env;
  const args = ['--disable-warning=ExperimentalWarning', script, '--once'];
  return spawnSync(process.execPath, args, { encoding: 'utf8', env: { ...inherited, NO_COLOR: '1', ...env } });
}

test('installs both charts, whose processes work', { skip }, () => {
  const { status, stdout, stderr } = run({});
  assert.equal(status, 0, [stdout, stderr].join('\n'));
  const text = String(stdout);
  const steps = [...text.matchAll(/^✓ (\w+(?: \w+)?) /gm)].map(([, title]) => title);
  assert.deepEqual(steps, ['control plane', 'prerequisites', 'controller', 'admission', 'networks', 'shoot']);
  assert.match(text, /garden-dev\/web admitted, invalid copy rejected: spec\.networking\.providerConfig\.backend: /);
  assert.match(
    text,
    /^Network shoot--garden--example\/example: Create Succeeded; .* extension-networking-calico-config$/m,
  );
  assert.match(
    text,
    /^Network shoot--garden--cilium\/example: Create Succeeded; .* extension-networking-cilium-config$/m,
  );
  assert.match(text, /^ {2}account {3}system:serviceaccount:extension-networking:gardener-extension-networking$/m);
  assert.ok(!text.includes('\u001b'), 'no colours without a terminal');
});

test('rejects a KUBECONFIG of another machine', { skip: withoutHelm }, () => {
  const KUBECONFIG = path.join(import.meta.dirname, 'testdata/elsewhere.kubeconfig');
  const { status, stderr, stdout } = run({ KUBECONFIG });
  assert.equal(status, 1);
  assert.match(
    String(stderr),
    /^KUBECONFIG refers to https:\/\/api\.example\.com, but the control plane must be on this machine/m,
  );
  assert.equal(String(stdout), '');
});
