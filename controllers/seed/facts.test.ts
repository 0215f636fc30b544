import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import { cases } from '../../test/support/cases.ts';
import { type NetworkFacts, readFacts } from './facts.ts';

const bare: NetworkFacts = {
  uid: '',
  generation: 0,
  type: '',
  class: 'shoot',
  operation: undefined,
  timestamp: undefined,
  deleting: false,
  finalizer: false,
  observedGeneration: undefined,
  last: undefined,
  configurationProblem: false,
};

interface Row {
  readonly network: Omit<Partial<KubeObject>, 'metadata'> & { readonly metadata?: object };
  readonly facts: Partial<NetworkFacts>;
}

suite('readFacts reads', () => {
  cases<Row>(
    {
      'a Network with a name only': { network: {}, facts: {} },
      'the metadata of gardenlet': {
        network: {
          metadata: {
            uid: 'u',
            generation: 3,
            annotations: {
              'gardener.cloud/operation': 'reconcile',
              'gardener.cloud/timestamp': '2026-01-10T10:00:00.987654321Z',
            },
            finalizers: ['example.com/theirs', 'extensions.gardener.cloud/network'],
            deletionTimestamp: '2026-01-10T10:00:00Z',
          },
          spec: { type: 'calico', class: 'garden' },
        },
        facts: {
          uid: 'u',
          generation: 3,
          type: 'calico',
          class: 'garden',
          operation: 'reconcile',
          timestamp: Date.UTC(2026, 0, 10, 10),
          deleting: true,
          finalizer: true,
        },
      },
      'an empty class as the class of shoots': {
        network: { spec: { type: 'calico', class: '' } },
        facts: { type: 'calico' },
      },
      'a finalizer of others as none': { network: { metadata: { finalizers: ['example.com/theirs'] } }, facts: {} },
      'the status of a run': {
        network: {
          status: {
            observedGeneration: 2,
            lastOperation: { type: 'Restore', state: 'Error', lastUpdateTime: '2026-01-10T10:00:00Z' },
            lastError: { codes: ['ERR_X', 'ERR_CONFIGURATION_PROBLEM'] },
          },
        },
        facts: {
          observedGeneration: 2,
          last: { type: 'Restore', state: 'Error', time: Date.UTC(2026, 0, 10, 10) },
          configurationProblem: true,
        },
      },
      'an error without the code as no configuration problem': {
        network: { status: { lastError: { codes: ['ERR_INFRA_DEPENDENCIES'] } } },
        facts: {},
      },
      'garbage as absent': {
        network: {
          metadata: { annotations: { 'gardener.cloud/timestamp': 'soon' } },
          spec: 'calico',
          status: { observedGeneration: '2', lastOperation: 'Succeeded', lastError: ['ERR_CONFIGURATION_PROBLEM'] },
        },
        facts: {},
      },
      'garbage one level deeper as absent': {
        network: {
          spec: { type: 1, class: {} },
          status: {
            lastOperation: { type: 1, state: null, lastUpdateTime: 17 },
            lastError: { codes: 'ERR_CONFIGURATION_PROBLEM' },
          },
        },
        facts: { last: { type: '', state: '', time: undefined } },
      },
    },
    ({ network, facts }) => {
      const object = { apiVersion: 'v1', kind: 'Network', ...network, metadata: { name: 'bar', ...network.metadata } };
      assert.deepEqual(readFacts(object), { ...bare, ...facts });
    },
  );

  test('property: readFacts does not throw, whatever spec and status contain', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (spec, status) => {
        const facts = readFacts({ apiVersion: 'v1', kind: 'Network', metadata: { name: 'bar' }, spec, status });
        assert.equal(facts.class === '', false);
      }),
    );
  });
});
