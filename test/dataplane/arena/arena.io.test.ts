/** Tests that an arena disappears with its owner, however the owner ends. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { missingRequirements } from '../requirements.ts';
import { cgroupRoot, removeLeftovers } from './arena.ts';

const missing = missingRequirements();
if (missing.length > 0) console.log(`SKIPPED: arena: missing: ${missing.join('; ')}`);
const options = { skip: missing.length > 0 };

test(
  'after the owner is killed, processes, links and mounts are gone, and the next run removes the cgroup',
  options,
  async (t) => {
    const owner = await startOwner(t);
    const cgroup = cgroupOf(owner);
    assert.ok(existsSync(path.join(cgroup, 'node')));
    // The process enters the cgroup after its start.
    await until(() => processesIn(cgroup).length > 0);

    owner.kill('SIGKILL');
    await once(owner, 'exit');
    await until(() => processesIn(cgroup).length === 0);
    await removeLeftovers();
    assert.equal(existsSync(cgroup), false);
    assert.equal(networkInterfaces()['node'], undefined);
    assert.doesNotMatch(readFileSync('/proc/mounts', 'utf8'), /\/run\/bpf/);
  },
);

test('after Ctrl-C nothing runs any more', options, async (t) => {
  const owner = await startOwner(t);
  const cgroup = cgroupOf(owner);
  // As a terminal does: to the whole process group.
  process.kill(-(owner.pid ?? 0), 'SIGINT');
  await once(owner, 'exit');
  await until(() => processesIn(cgroup).length === 0);
  await removeLeftovers();
  assert.equal(existsSync(cgroup), false);
});

test('the cgroup of a run that is still active is no leftover', options, async (t) => {
  const owner = await startOwner(t);
  await removeLeftovers();
  assert.ok(existsSync(path.join(cgroupOf(owner), 'node')));
});

async function startOwner(t: TestContext): Promise<ChildProcess> {
  const script = path.join(import.meta.dirname, 'testdata/owner.ts');
  const owner = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(owner, 'exit');
  t.after(async () => {
    owner.kill('SIGKILL');
    await ended;
    await until(() => processesIn(cgroupOf(owner)).length === 0);
    await removeLeftovers();
  });
  for await (const line of createInterface({ input: owner.stdout })) if (line === 'ready') return owner;
  throw new Error('the arena did not start');
}

function cgroupOf({ pid }: ChildProcess): string {
  return path.join(cgroupRoot() ?? '', `netext-dataplane-${pid}`);
}

/** Returns the processes in a cgroup and its children. */
function processesIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => path.basename(name) === 'cgroup.procs')
    .flatMap((name) => readFileSync(path.join(folder, name), 'utf8').split('\n').filter(Boolean));
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!condition()) {
    assert.ok(Date.now() < deadline, 'timeout');
    await sleep(50);
  }
}
