import assert from 'node:assert/strict';
import { createFakeClock } from '../../../test/doubles/fakeclock.ts';
import { cases } from '../../../test/support/cases.ts';
import { type Comparison, createConsistencyCheck } from './consistency.ts';

interface Versions {
  readonly [key: string]: string;
}

interface Lists {
  /** What the API server lists and what the mirror has, in each comparison; the last one is repeated. */
  readonly comparisons: readonly (readonly [listed: Versions, mirrored: Versions])[];
  readonly ahead?: boolean;
  /** Keys of the objects whose events were missed; undefined if none was. */
  readonly missed: readonly string[] | undefined;
}

const resourceVersion = '10';

cases<Lists>(
  {
    'equal versions are no difference': { comparisons: [[{ a: '5' }, { a: '5' }]], missed: undefined },
    'an older version that two lists show is a missed event': {
      comparisons: [
        [
          { a: '7', b: '5' },
          { a: '5', b: '5' },
        ],
      ],
      missed: ['a'],
    },
    'an older version that one list shows is an event on its way': {
      comparisons: [
        [{ a: '7' }, { a: '5' }],
        [{ a: '7' }, { a: '7' }],
      ],
      missed: undefined,
    },
    'two differences of one object are events on their way': {
      comparisons: [
        [{ a: '7' }, { a: '5' }],
        [{ a: '9' }, { a: '7' }],
      ],
      missed: undefined,
    },
    'an object that only the list has is a missed creation': { comparisons: [[{ a: '7' }, {}]], missed: ['a'] },
    'an object that only the mirror has is a missed deletion': { comparisons: [[{}, { a: '7' }]], missed: ['a'] },
    'a version newer than the list arrived after the list': {
      comparisons: [[{ a: '7' }, { a: '11' }]],
      missed: undefined,
    },
    'an object newer than the list was created after the list': { comparisons: [[{}, { a: '11' }]], missed: undefined },
    'a version newer than the object, but not than the list, is forged': {
      comparisons: [[{ a: '7' }, { a: '10' }]],
      missed: ['a'],
    },
    'a position ahead of the list is forged, whatever the objects': {
      comparisons: [[{ a: '5' }, { a: '5' }]],
      ahead: true,
      missed: [],
    },
  },
  async ({ comparisons, ahead = false, missed }) => {
    const clock = createFakeClock();
    const found: (readonly string[])[] = [];
    let count = 0;
    const check = createConsistencyCheck({
      compare: async (): Promise<Comparison> => {
        const [listed, mirrored] = comparisons[Math.min(count, comparisons.length - 1)] ?? [{}, {}];
        count += 1;
        const [list, mirror] = [listed, mirrored].map((versions) => new Map(Object.entries(versions)));
        assert.ok(list !== undefined && mirror !== undefined);
        return { listed: list, mirrored: mirror, resourceVersion, isPositionAhead: ahead };
      },
      onMissed: (keys) => found.push(keys),
      onError: (error) => assert.fail(String(error)),
      meanIntervalMs: 60_000,
      clock,
      random: () => 0.5,
    });
    const controller = new AbortController();
    const done = check.run(controller.signal);
    await clock.advance(70_000);
    controller.abort();
    await done;
    assert.deepEqual(found, missed === undefined ? [] : [missed]);
  },
);
