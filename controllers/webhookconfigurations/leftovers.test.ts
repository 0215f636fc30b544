import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import { builtin } from '../../pkg/kubernetes/client/builtin.ts';
import type { DeleteInput } from '../../pkg/kubernetes/client/client.ts';
import { ApiError } from '../../pkg/kubernetes/client/errors.ts';
import { createFakeClock, createMemoryLogger } from '../../test/doubles/fakeclock.ts';
import { notFound } from '../../test/doubles/server.ts';
import { cases } from '../../test/support/cases.ts';
import { createLeaseHolderCheck } from './holder.ts';
import { removeLeftovers } from './leftovers.ts';

const stored: KubeObject = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingWebhookConfiguration',
  metadata: { name: 'one', uid: 'u-1', resourceVersion: '7' },
};

interface Row {
  readonly stored?: KubeObject | undefined;
  readonly address: 'present' | 'former' | undefined;
  readonly isRunning?: boolean | undefined;
  readonly code?: number;
  readonly expect: {
    readonly again: boolean;
    readonly deleted: boolean;
    readonly logs?: string | undefined;
  };
}

const removed = 'Webhook configuration removed';
cases<Row>(
  {
    'a missing configuration is ignored': {
      stored: undefined,
      address: 'present',
      expect: { again: false, deleted: false },
    },
    'a foreign configuration is kept': {
      address: undefined,
      isRunning: false,
      expect: { again: false, deleted: false },
    },
    'a configuration with the present address is removed': {
      address: 'present',
      isRunning: true,
      expect: { again: false, deleted: true, logs: removed },
    },
    'a configuration of a former process that has ended is removed': {
      address: 'former',
      isRunning: false,
      expect: { again: false, deleted: true, logs: removed },
    },
    'a configuration of a former process that may be running is kept for now': {
      address: 'former',
      isRunning: true,
      expect: {
        again: true,
        deleted: false,
        logs: 'Webhook configuration not removed yet, its former process may still be running',
      },
    },
    'a configuration of an unknown former process is kept': {
      address: 'former',
      expect: {
        again: false,
        deleted: false,
        logs: 'Webhook configuration not removed, its former process has no Lease that indicates its end',
      },
    },
    'a configuration deleted concurrently is not an error': {
      address: 'present',
      code: 404,
      expect: { again: false, deleted: true },
    },
  },
  async (row) => {
    const { address, isRunning, code, expect } = row;
    const log = createMemoryLogger();
    const deletions: DeleteInput[] = [];
    const again = await removeLeftovers({
      client: clientWith({ object: 'stored' in row ? row.stored : stored, deletions, code }),
      leftovers: [{ resource: builtin.validatingWebhookConfigurations, name: 'one' }],
      matchAddress: () => address,
      formerIsRunning: async () => isRunning,
      log,
    });
    const preconditions = { uid: 'u-1', resourceVersion: '7' };
    const deletion = { resource: builtin.validatingWebhookConfigurations, name: 'one', preconditions };
    assert.deepEqual([again, deletions], [expect.again, expect.deleted ? [deletion] : []]);
    assert.deepEqual(
      log.lines.map(({ message }) => message),
      expect.logs === undefined ? [] : [expect.logs],
    );
  },
);

test('a configuration changed concurrently is not removed, which is an error', async () => {
  const removal = removeLeftovers({
    client: clientWith({ object: stored, deletions: [], code: 409 }),
    leftovers: [{ resource: builtin.validatingWebhookConfigurations, name: 'one' }],
    matchAddress: () => 'present',
    formerIsRunning: async () => false,
    log: createMemoryLogger(),
  });
  await assert.rejects(removal, (error) => error instanceof ApiError && error.code === 409);
});

test('a Lease has a holder until it is released or not renewed for its duration', async () => {
  const clock = createFakeClock();
  let spec: object | undefined;
  const hasHolder = createLeaseHolderCheck({
    client: {
      find: async <T extends KubeObject>() => (spec === undefined ? undefined : (lease(spec) as unknown as T)),
    },
    namespace: 'garden',
    name: 'one',
    clock,
  });
  assert.equal(await hasHolder(), undefined, 'the Lease does not exist');
  // The wall clock of the holder is irrelevant.
  spec = { holderIdentity: 'a', leaseDurationSeconds: 15, renewTime: '2020-01-01T00:00:00.000000Z' };
  assert.equal(await hasHolder(), true, 'first observation');
  await clock.advance(14_999);
  assert.equal(await hasHolder(), true, 'its duration has not passed');
  spec = { ...spec, renewTime: '2020-01-01T00:00:02.000000Z' };
  await clock.advance(10_000);
  assert.equal(await hasHolder(), true, 'renewed');
  await clock.advance(15_000);
  assert.equal(await hasHolder(), false, 'not renewed');
  spec = { ...spec, renewTime: '2020-01-01T00:00:04.000000Z' };
  assert.equal(await hasHolder(), true, 'renewed again');
  spec = { ...spec, holderIdentity: '' };
  assert.equal(await hasHolder(), false, 'released');
  spec = { holderIdentity: 'b' };
  assert.equal(await hasHolder(), true);
  await clock.advance(15_000);
  assert.equal(await hasHolder(), false, 'the default duration applies');
});

function lease(spec: object): KubeObject {
  return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { namespace: 'garden', name: 'one' }, spec };
}

interface Stored {
  readonly object: KubeObject | undefined;
  readonly deletions: DeleteInput[];
  /** Code of the response to a deletion, if it is an error. */
  readonly code: number | undefined;
}

function clientWith({ object, deletions, code }: Stored): Parameters<typeof removeLeftovers>[0]['client'] {
  return {
    find: async <T extends KubeObject>() => object as T | undefined,
    delete: async (input) => {
      deletions.push(input);
      if (code === 404) throw notFound({ ...input, verb: 'delete' });
      if (code !== undefined) throw new ApiError({ verb: 'delete', path: '/', code, now: 0 });
    },
  };
}
