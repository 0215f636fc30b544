import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { createMergePatch } from '../../pkg/gardener/merge-patch.ts';
import { cases } from '../../test/support/cases.ts';
import { type Condition, readConditions, removeConditions, type StoredCondition, setCondition } from './conditions.ts';

const now = Date.UTC(2026, 0, 10, 12, 0, 0, 900);
const time = '2026-01-10T12:00:00Z';
const earlier = '2026-01-09T12:00:00Z';

const ready: Condition = { type: 'Ready', status: 'True', reason: 'AllGood', message: 'm' };
const stored: StoredCondition = { ...ready, lastTransitionTime: earlier, lastUpdateTime: earlier };
const foreign: StoredCondition = { type: 'Foreign', status: 'False', codes: ['ERR_X'], lastTransitionTime: earlier };
const other: StoredCondition = { ...foreign, type: 'Other' };

interface Row {
  readonly present: readonly StoredCondition[];
  readonly wanted?: Partial<Condition>;
  readonly after: readonly StoredCondition[];
}

suite('setCondition', () => {
  cases<Row>(
    {
      'appends a new type': {
        present: [foreign],
        after: [foreign, { ...ready, lastTransitionTime: time, lastUpdateTime: time }],
      },
      'moves no time of an equal condition': { present: [stored], after: [stored] },
      'moves lastUpdateTime with the message': {
        present: [stored],
        wanted: { message: 'n' },
        after: [{ ...stored, message: 'n', lastUpdateTime: time }],
      },
      'moves lastUpdateTime with the reason': {
        present: [stored],
        wanted: { reason: 'Other' },
        after: [{ ...stored, reason: 'Other', lastUpdateTime: time }],
      },
      'moves lastTransitionTime with the status': {
        present: [stored],
        wanted: { status: 'False' },
        after: [{ ...stored, status: 'False', lastTransitionTime: time, lastUpdateTime: time }],
      },
      'replaces in place, and keeps conditions of other types': {
        present: [foreign, stored, other],
        wanted: { message: 'n' },
        after: [foreign, { ...stored, message: 'n', lastUpdateTime: time }, other],
      },
      'removes unknown members, as a difference': {
        present: [{ ...stored, codes: ['ERR_X'] }],
        after: [{ ...stored, lastUpdateTime: time }],
      },
      'removes a second condition of the type': {
        present: [stored, other, { ...stored, message: 'n' }],
        after: [stored, other],
      },
      'sets the times of a condition without times': {
        present: [{ ...ready }],
        after: [{ ...ready, lastTransitionTime: time, lastUpdateTime: time }],
      },
      'sets the times of a condition whose times are no texts': {
        present: [{ ...stored, lastTransitionTime: 1 }],
        after: [{ ...ready, lastTransitionTime: time, lastUpdateTime: time }],
      },
    },
    ({ present, wanted, after }) => assert.deepEqual(setCondition(present, { ...ready, ...wanted }, now), after),
  );

  test('handles several types independently', () => {
    const both = setCondition(setCondition([], ready, now), { ...ready, type: 'Synced' }, now + 5_000);
    assert.deepEqual(
      both.map(({ type, lastUpdateTime }) => [type, lastUpdateTime]),
      [
        ['Ready', time],
        ['Synced', '2026-01-10T12:00:05Z'],
      ],
    );
    assert.deepEqual(setCondition(both, ready, now + 60_000), both);
  });
});

const anyCondition = fc.oneof(
  fc.constant(stored),
  fc.constant(foreign),
  fc.record({ type: fc.constantFrom('Foreign', 'Other', 'Ready'), status: fc.constantFrom('True', 'False') }),
  fc.anything(),
);

test('property: setting the same condition twice changes nothing, and needs no patch', () => {
  const anyList = fc.oneof(fc.array(anyCondition), fc.anything());
  fc.assert(
    fc.property(anyList, fc.nat(), (present, later) => {
      const first = setCondition(readConditions(present), ready, now);
      const second = setCondition(readConditions(first), ready, now + later);
      assert.deepEqual(second, first);
      assert.equal(createMergePatch({ conditions: first }, { conditions: second }), undefined);
      assert.equal(second.filter(({ type }) => type === 'Ready').length, 1);
    }),
  );
});

test('property: conditions of other types keep their content and order', () => {
  fc.assert(
    fc.property(fc.array(anyCondition), (present) => {
      const before = readConditions(present);
      const after = setCondition(before, ready, now);
      assert.deepEqual(removeConditions(after, ['Ready']), removeConditions(before, ['Ready']));
    }),
  );
});

cases<{ readonly present: unknown; readonly read: readonly StoredCondition[] }>(
  {
    'reads nothing from an absent list': { present: undefined, read: [] },
    'reads nothing from a value that is not a list': { present: 'x', read: [] },
    'drops elements that are no conditions': { present: [7, null, { status: 'True' }, foreign], read: [foreign] },
  },
  ({ present, read }) => assert.deepEqual(readConditions(present), read),
);
