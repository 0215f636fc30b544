import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import { builtin } from '../../pkg/kubernetes/client/builtin.ts';
import type { DeleteInput } from '../../pkg/kubernetes/client/client.ts';
import { ApiError } from '../../pkg/kubernetes/client/errors.ts';
import { createFakeClock, createMemoryLogger } from '../../test/doubles/fakeclock.ts';
import { cases } from '../../test/support/cases.ts';
import { createHolderWatch } from './holder.ts';
import { removeLeftovers } from './leftovers.ts';

const stored: KubeObject = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingWebhookConfiguration',
  metadata: { name: 'one', uid: 'u-1', resourceVersion: '7' },
};

interface Row {
  readonly stored?: KubeObject | undefined;
  readonly place: 'present' | 'former' | undefined;
  readonly lives?: boolean | undefined;
  readonly code?: number;
  readonly gives: {
    readonly again: boolean;
    readonly deleted: boolean;
    readonly says?: string | undefined;
  };
}

const removed = 'Webhook configuration removed';
cases<Row>(
  {
    'nothing there': { stored: undefined, place: 'present', gives: { again: false, deleted: false } },
    "somebody else's": { place: undefined, lives: false, gives: { again: false, deleted: false } },
    'with the present address': {
      place: 'present',
      lives: true,
      gives: { again: false, deleted: true, says: removed },
    },
    'of a process that is gone': {
      place: 'former',
      lives: false,
      gives: { again: false, deleted: true, says: removed },
    },
    'of a process that may live': {
      place: 'former',
      lives: true,
      gives: {
        again: true,
        deleted: false,
        says: 'Webhook configuration not removed yet: its former process may still answer',
      },
    },
    'of a process that nobody knows': {
      place: 'former',
      gives: {
        again: false,
        deleted: false,
        says: 'Webhook configuration left alone: its former process has no Lease that tells of its end',
      },
    },
    'that has gone meanwhile': { place: 'present', code: 404, gives: { again: false, deleted: true } },
  },
  async (row) => {
    const { place, lives, code, gives } = row;
    const log = createMemoryLogger();
    const deletions: DeleteInput[] = [];
    const again = await removeLeftovers({
      client: clientWith({ object: 'stored' in row ? row.stored : stored, deletions, code }),
      leftovers: [{ resource: builtin.validatingWebhookConfigurations, name: 'one' }],
      answeredAt: () => place,
      formerLives: async () => lives,
      log,
    });
    const preconditions = { uid: 'u-1', resourceVersion: '7' };
    const deletion = { resource: builtin.validatingWebhookConfigurations, name: 'one', preconditions };
    assert.deepEqual([again, deletions], [gives.again, gives.deleted ? [deletion] : []]);
    assert.deepEqual(
      log.lines.map(({ message }) => message),
      gives.says === undefined ? [] : [gives.says],
    );
  },
);

test('what somebody changes meanwhile is not removed, and is an error', async () => {
  const removal = removeLeftovers({
    client: clientWith({ object: stored, deletions: [], code: 409 }),
    leftovers: [{ resource: builtin.validatingWebhookConfigurations, name: 'one' }],
    answeredAt: () => 'present',
    formerLives: async () => false,
    log: createMemoryLogger(),
  });
  await assert.rejects(removal, (error) => error instanceof ApiError && error.code === 409);
});

test('a holder lives while it renews, and not longer than it says; one that gave the Lease back does not', async () => {
  const clock = createFakeClock();
  let spec: object | undefined;
  const lives = createHolderWatch({
    client: {
      find: async <T extends KubeObject>() => (spec === undefined ? undefined : (lease(spec) as unknown as T)),
    },
    namespace: 'garden',
    name: 'one',
    clock,
  });
  assert.equal(await lives(), undefined, 'there is no Lease');
  // A clock that is an hour late says nothing about the holder.
  spec = { holderIdentity: 'a', leaseDurationSeconds: 15, renewTime: '2020-01-01T00:00:00.000000Z' };
  assert.equal(await lives(), true, 'seen for the first time');
  await clock.advance(14_999);
  assert.equal(await lives(), true, 'not long enough');
  spec = { ...spec, renewTime: '2020-01-01T00:00:02.000000Z' };
  await clock.advance(10_000);
  assert.equal(await lives(), true, 'renewed');
  await clock.advance(15_000);
  assert.equal(await lives(), false, 'not renewed');
  spec = { ...spec, renewTime: '2020-01-01T00:00:04.000000Z' };
  assert.equal(await lives(), true, 'back again');
  spec = { ...spec, holderIdentity: '' };
  assert.equal(await lives(), false, 'given back');
  spec = { holderIdentity: 'b' };
  assert.equal(await lives(), true);
  await clock.advance(15_000);
  assert.equal(await lives(), false, 'without a duration it is the usual one');
});

function lease(spec: object): KubeObject {
  return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { namespace: 'garden', name: 'one' }, spec };
}

interface Stored {
  readonly object: KubeObject | undefined;
  readonly deletions: DeleteInput[];
  /** Of the answer to a deletion, when it is an error. */
  readonly code: number | undefined;
}

function clientWith({ object, deletions, code }: Stored): Parameters<typeof removeLeftovers>[0]['client'] {
  return {
    find: async <T extends KubeObject>() => object as T | undefined,
    delete: async (input) => {
      deletions.push(input);
      if (code !== undefined) throw new ApiError({ verb: 'delete', path: '/', code, now: 0 });
    },
  };
}
