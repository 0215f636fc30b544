/**
 * Shoots of the maximum request size that cause the most work. An algorithm with quadratic time would take hours, and exceed the time limit of the
 * test run.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { calico } from '../../pkg/calico/plan.ts';
import { cilium } from '../../pkg/cilium/plan.ts';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import { encodeResponse } from '../../pkg/webhook/response.ts';
import { cases } from '../../test/support/cases.ts';
import { createValidator } from './handlers.ts';

const validate = createValidator([calico, cilium]);

interface Parts {
  readonly type?: 'calico' | 'cilium';
  readonly networking?: object;
  readonly spec?: object;
  readonly status?: object;
}

function createShoot({ type = 'calico', networking, spec, status }: Parts): KubeObject {
  return {
    apiVersion: 'core.gardener.cloud/v1beta1',
    kind: 'Shoot',
    metadata: { name: 'web', namespace: 'garden-dev' },
    spec: {
      provider: { workers: [{ name: 'a' }] },
      kubernetes: { version: '1.34.3' },
      networking: { type, pods: '10.96.0.0/11', services: '10.64.0.0/13', nodes: '10.250.0.0/16', ...networking },
      ...spec,
    },
    status,
  };
}

function listOf<T>(length: number, make: (index: number) => T): readonly T[] {
  return Array.from({ length }, (_, index) => make(index));
}

function recordOf(length: number, key: (index: number) => string): object {
  return Object.fromEntries(listOf(length, (index) => [key(index), 1]));
}

const workers = listOf(100_000, (index) => ({ name: `w${index}` }));

interface Row extends Parts {
  /** The number of findings that a response lists, and the number of others that it only counts. */
  readonly causes: number;
  readonly more?: number;
}

cases<Row>(
  {
    '100,000 unknown families': {
      networking: { ipFamilies: listOf(100_000, (index) => `IPX${index}`) },
      causes: 1,
    },
    '100,000 families and 100,000 ranges': {
      type: 'cilium',
      networking: { ipFamilies: listOf(100_000, (index) => (index % 2 === 0 ? 'IPv4' : 'IPv6')) },
      status: { networking: { pods: listOf(100_000, (index) => `10.${index >> 8}.${index & 255}.0/24`) } },
      causes: 2,
    },
    '100,000 invalid ranges of nodes and of pods': {
      status: { networking: { nodes: listOf(100_000, () => 'x'), pods: listOf(100_000, (index) => `${index}`) } },
      causes: 3,
    },
    'the maximum number of ranges, all of them invalid': {
      status: { networking: { nodes: listOf(64, () => 'x'), pods: [] } },
      causes: 50,
      more: 14,
    },
    '100,000 addresses of the API server without a suitable one': {
      type: 'cilium',
      spec: { kubernetes: { version: '1.34.3', kubeProxy: { enabled: false } } },
      status: { advertisedAddresses: listOf(100_000, (index) => ({ name: `n${index}`, url: '' })) },
      causes: 1,
    },
    '1,990 unknown fields beside 100,000 worker pools': {
      type: 'cilium',
      networking: { providerConfig: recordOf(1_990, (index) => `ipv4NativeRoutingCIDR${index}`) },
      spec: { provider: { workers } },
      causes: 50,
      more: 1_940,
    },
    '1,990 keys of 2,000 characters, each with a finding about the whole configuration': {
      networking: { providerConfig: recordOf(1_990, (index) => `${index}${'k'.repeat(2_000)}`) },
      causes: 50,
      more: 1_940,
    },
    '1,990 invalid devices': {
      type: 'cilium',
      networking: { providerConfig: { devices: listOf(1_990, () => '/') } },
      causes: 50,
      more: 1_940,
    },
    'more values than the limit of a configuration': {
      networking: { providerConfig: { a: listOf(100_000, () => ({})) } },
      causes: 1,
    },
  },
  async (row) => {
    const object = createShoot(row);
    const request = { uid: 'one', dryRun: false, namespace: 'garden-dev', name: 'web' };
    const created = await validate({ ...request, operation: 'CREATE', object, oldObject: null });
    assert.equal(created.allowed, false);
    const text = encodeResponse({ version: 'admission.k8s.io/v1', uid: 'one', response: created });
    const { status } = (JSON.parse(text) as { readonly response: { readonly status: Status } }).response;
    const named = status.details.causes.filter(({ field }) => field !== undefined);
    assert.equal(named.length, row.causes);
    assert.deepEqual(
      status.details.causes.slice(named.length),
      row.more === undefined ? [] : [{ message: `and ${row.more} more fields` }],
    );
    assert.ok(text.length < 50_000, `the response has ${text.length} characters`);

    // Stored errors do not deny the change of a label.
    const labelled = { ...structuredClone(object), metadata: { ...object.metadata, labels: { a: 'b' } } };
    const updated = await validate({ ...request, operation: 'UPDATE', object: labelled, oldObject: object });
    assert.equal(updated.allowed, true);
    assert.ok((updated.warnings ?? []).length > 0);
  },
);

test('the number of reads of a Shoot does not depend on the number of its errors', async () => {
  const readsWith = async (mistakes: number): Promise<number> => {
    let reads = 0;
    const provider = {
      get workers() {
        reads += 1;
        return [{ name: 'a' }];
      },
    };
    const networking = { providerConfig: recordOf(mistakes, (index) => `unknown${index}`) };
    const object = createShoot({ networking, spec: { provider } });
    const request = { uid: 'one', dryRun: false, namespace: 'garden-dev', name: 'web', operation: 'UPDATE' } as const;
    assert.equal((await validate({ ...request, object, oldObject: createShoot({}) })).allowed, false);
    return reads;
  };
  assert.equal(await readsWith(1_000), await readsWith(1));
});

interface Status {
  readonly details: { readonly causes: readonly { readonly field?: string; readonly message: string }[] };
}
