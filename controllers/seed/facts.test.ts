import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import { cases } from '../../test/support/cases.ts';
import { factsOf, type NetworkFacts, seconds } from './facts.ts';

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

suite('facts of a Network', () => {
  cases<Row>(
    {
      'nothing but a name': { network: {}, facts: {} },
      'what gardenlet writes': {
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
      'an empty class is the class of shoots': {
        network: { spec: { type: 'calico', class: '' } },
        facts: { type: 'calico' },
      },
      'finalizers of others are not ours': { network: { metadata: { finalizers: ['example.com/theirs'] } }, facts: {} },
      'what a run wrote': {
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
      'an error without that code is no configuration problem': {
        network: { status: { lastError: { codes: ['ERR_INFRA_DEPENDENCIES'] } } },
        facts: {},
      },
      'garbage everywhere': {
        network: {
          metadata: { annotations: { 'gardener.cloud/timestamp': 'soon' } },
          spec: 'calico',
          status: { observedGeneration: '2', lastOperation: 'Succeeded', lastError: ['ERR_CONFIGURATION_PROBLEM'] },
        },
        facts: {},
      },
      'garbage one level down': {
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
      assert.deepEqual(factsOf(object), { ...bare, ...facts });
    },
  );

  test('property: no status makes it throw', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (spec, status) => {
        const facts = factsOf({ apiVersion: 'v1', kind: 'Network', metadata: { name: 'bar' }, spec, status });
        assert.equal(facts.class === '', false);
      }),
    );
  });
});

suite('seconds', () => {
  cases<{ readonly time: unknown; readonly cut: number | undefined }>(
    {
      'whole seconds': { time: '2026-01-10T10:00:01Z', cut: Date.UTC(2026, 0, 10, 10, 0, 1) },
      'nanoseconds are cut, not rounded': {
        time: '2026-01-10T10:00:01.999999999Z',
        cut: Date.UTC(2026, 0, 10, 10, 0, 1),
      },
      'an offset': { time: '2026-01-10T10:00:01.5+02:00', cut: Date.UTC(2026, 0, 10, 8, 0, 1) },
      'before 1970 it is cut in the same direction': { time: '1969-12-31T23:59:58.5Z', cut: -2000 },
      'the last second that can be answered': { time: '9999-12-31T23:59:59.9Z', cut: undefined },
      'the second before it': { time: '9999-12-31T23:59:58.9Z', cut: Date.UTC(9999, 11, 31, 23, 59, 58) },
      'the year 10000 by an offset': { time: '9999-12-31T23:59:58-01:00', cut: undefined },
      nothing: { time: undefined, cut: undefined },
      'a number': { time: 1_768_039_201_000, cut: undefined },
      'a year, which Date.parse takes': { time: '2026', cut: undefined },
      'a digit, which Date.parse takes for 2001': { time: '1', cut: undefined },
      'a date': { time: '2026-01-10', cut: undefined },
      'a local time': { time: '2026-01-10T10:00:01', cut: undefined },
      'the 61st second': { time: '2026-01-10T10:00:61Z', cut: undefined },
      'text around it': { time: ' 2026-01-10T10:00:01Z', cut: undefined },
      'an empty text': { time: '', cut: undefined },
    },
    ({ time, cut }) => assert.equal(seconds(time), cut),
  );

  test('property: any time of Go comes back as its second', () => {
    const second = fc.integer({ min: 0, max: Date.UTC(9999, 11, 31) / 1000 });
    fc.assert(
      fc.property(second, fc.stringMatching(/^(\.\d{1,9})?$/), (value, fraction) => {
        const time = `${new Date(value * 1000).toISOString().slice(0, 19)}${fraction}Z`;
        assert.equal(seconds(time), value * 1000);
      }),
    );
  });
});
