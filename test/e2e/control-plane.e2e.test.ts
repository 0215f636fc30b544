/** The control plane of test/controlplane as containers: the behaviours that tests and `make start` rely on. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { type Call, createClient, type Reply } from '../controlplane/client.ts';
import { type ControlPlaneOptions, startControlPlaneInContainers } from '../controlplane/index.ts';
import { isListening } from '../controlplane/testing.ts';
import { e2eSkip, programImages } from './seed.ts';

const log = (line: string): void => console.error(line);
const skip = e2eSkip('control plane in containers');
const start = (options: Partial<ControlPlaneOptions>): ReturnType<typeof startControlPlaneInContainers> =>
  startControlPlaneInContainers({ log, ...options }, programImages());

test('retains port, data, tokens and audit log when it is killed or stopped, and can discard its history', {
  skip,
}, async () => {
  const plane = await start({ audit: true, users: [{ name: 'alice' }] });
  try {
    const send = async (request: Call): Promise<Reply> => {
      const client = createClient(plane);
      try {
        return await client.call(request);
      } finally {
        await client.close();
      }
    };
    const call = async (request: Call): Promise<number> => (await send(request)).status;
    const mine = '/api/v1/namespaces/mine';
    assert.equal(await call({ method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name: 'mine' } } }), 201);
    for (const how of [{ kill: true }, {}]) {
      await plane.stopApiServer(how);
      assert.equal(await isListening(plane.server), false);
      await plane.startApiServer();
      assert.equal(await call({ path: mine }), 200);
      assert.equal(await call({ path: mine, token: plane.tokenFor('alice') }), 403);
    }
    await plane.forgetHistory();
    const watch = await send({ path: '/api/v1/namespaces?watch=1&resourceVersion=1&timeoutSeconds=1' });
    assert.match(watch.text, /"reason":"Expired","code":410/);
    assert.match(readFileSync(plane.auditLog ?? '', 'utf8'), /"username":"alice"/);
  } finally {
    await plane.stop();
  }
  assert.equal(await isListening(plane.server), false);
  assert.equal(existsSync(plane.auditLog ?? ''), false);
});

test('an unknown flag of kube-apiserver is reported with the end of its log, and no files remain', {
  skip,
}, async () => {
  await assert.rejects(start({ apiServerFlags: ['--no-such-flag'] }), (error: Error) => {
    assert.match(
      error.message,
      /^kube-apiserver ended with code 1:\n {2}last lines of .*unknown flag: --no-such-flag/s,
    );
    assert.equal(existsSync(path.dirname(/last lines of (.*):/.exec(error.message)?.[1] ?? '')), false);
    return true;
  });
});
