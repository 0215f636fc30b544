/** A configuration of hundreds of thousands of values must not exhaust the heap that the image has in a container of 256 MiB. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const root = path.join(import.meta.dirname, '../..');
const subject = path.join(root, 'test/support/large-config.ts');

/** The flags of the image; the percentage refers to the memory limit of the container, which this process does not have. */
function imageFlags(limitMiB: number): readonly string[] {
  const [, list = '[]'] = /^ENTRYPOINT (\[.*\])$/m.exec(readFileSync(path.join(root, 'Dockerfile'), 'utf8')) ?? [];
  const [, ...flags] = (JSON.parse(list) as readonly string[]).slice(0, -1);
  const percentage = flags.map((flag) => /^--max-old-space-size-percentage=(\d+)$/.exec(flag)?.[1]).find(Boolean);
  assert.ok(percentage !== undefined, 'the image limits its heap');
  const others = flags.filter((flag) => !flag.startsWith('--max-old-space-size'));
  return [...others, `--max-old-space-size=${Math.floor((limitMiB * Number(percentage)) / 100)}`];
}

for (const mode of ['admission', 'controller']) {
  test(`the ${mode} survives configurations of hundreds of thousands of values in 256 MiB`, (t) => {
    const flags = [...imageFlags(256), '--disable-warning=ExperimentalWarning'];
    const { status, signal, stdout, stderr } = spawnSync(process.execPath, [...flags, subject, mode], {
      encoding: 'utf8',
    });
    assert.deepEqual({ status, signal }, { status: 0, signal: null }, stderr.slice(-2_000));
    t.diagnostic(stdout.trim());
    assert.match(stdout, /^config-too-large/);
  });
}
