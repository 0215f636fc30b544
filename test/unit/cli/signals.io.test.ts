/** Signals that arrive during the start of a process. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { constants, mkdtempSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePorts } from '../../controlplane/ports.ts';

const main = fileURLToPath(new URL('../../../controllers/netext.ts', import.meta.url));

/** A kubeconfig of an unreachable API server. */
const kubeconfig = JSON.stringify({
  apiVersion: 'v1',
  kind: 'Config',
  clusters: [{ name: 'c', cluster: { server: 'http://127.0.0.1:9' } }],
  users: [{ name: 'u', user: { token: 't' } }],
  contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
  'current-context': 'c',
});

const flags: Readonly<Record<string, readonly string[]>> = {
  controller: ['--disable-webhooks=shoot'],
  admission: [
    '--webhook-config-mode=url',
    '--webhook-config-url=127.0.0.1:1',
    '--webhook-config-namespace=n',
    '--webhook-config-server-host=127.0.0.1',
    `--webhook-config-server-port=${(await freePorts(1))[0]}`,
  ],
};
const shared = ['--no-leader-election', '--metrics-bind-address=0', '--health-bind-address=0'];

for (const [command, own] of Object.entries(flags)) {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    test(`${command} stops on ${signal} during its start`, async (t) => {
      const folder = mkdtempSync(path.join(tmpdir(), 'netext-test-'));
      t.after(() => rmSync(folder, { recursive: true, force: true }));
      const file = path.join(folder, 'kubeconfig');
      assert.equal(spawnSync('mkfifo', [file]).status, 0);
      const child = spawn(process.execPath, [main, command, `--kubeconfig=${file}`, ...shared, ...own], {
        stdio: 'pipe',
      });
      t.after(() => child.kill('SIGKILL'));
      let output = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
      const ended = new Promise((resolve) => child.once('exit', (...how) => resolve(how)));
      const pipe = await readBy(file, child);
      assert.ok(pipe !== undefined, output);
      child.kill(signal);
      await pipe.writeFile(kubeconfig);
      await pipe.close();
      assert.deepEqual(await ended, [0, null], output);
      assert.match(output, /"msg":"Stopped"/);
    });
  }
}

/** Resolves when the process reads the pipe; undefined if it exits before. */
async function readBy(file: string, child: ChildProcess): Promise<FileHandle | undefined> {
  while (child.exitCode === null && child.signalCode === null) {
    try {
      return await open(file, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch (error) {
      assert.ok(error instanceof Error && 'code' in error && error.code === 'ENXIO', String(error));
      await delay(10);
    }
  }
  return undefined;
}
