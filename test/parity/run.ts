/**
 * Compares what dist/netext.js renders with the recorded Go extensions, where the folder with the recordings is there. It is not part of
 * the project: everybody else sees one line that says so, and the goldens in pkg/<cni>/testdata hold the same ground.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

const compare = path.resolve('../shared/reference/compare.mjs');
const runs = [
  ['calico', '--seed'],
  ['calico', '--crds'],
  ['cilium', '--seed'],
];

if (existsSync(compare)) {
  const failed = runs.filter(
    (args) => spawnSync(process.execPath, [compare, ...args], { stdio: 'inherit' }).status !== 0,
  );
  process.exitCode = failed.length === 0 ? 0 : 1;
} else {
  console.log('SKIPPED: parity with the Go extensions (the recordings in ../shared/reference are not here)');
}
