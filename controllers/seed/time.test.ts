import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { cases } from '../../test/support/cases.ts';
import { formatTime, parseTime } from './time.ts';

suite('parseTime', () => {
  cases<{ readonly time: unknown; readonly cut: number | undefined }>(
    {
      'whole seconds': { time: '2026-01-10T10:00:01Z', cut: Date.UTC(2026, 0, 10, 10, 0, 1) },
      'nanoseconds are cut, not rounded': {
        time: '2026-01-10T10:00:01.999999999Z',
        cut: Date.UTC(2026, 0, 10, 10, 0, 1),
      },
      'an offset': { time: '2026-01-10T10:00:01.5+02:00', cut: Date.UTC(2026, 0, 10, 8, 0, 1) },
      'before 1970 it is cut in the same direction': { time: '1969-12-31T23:59:58.5Z', cut: -2000 },
      'the last second of the year 9999': { time: '9999-12-31T23:59:59.9Z', cut: undefined },
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
    ({ time, cut }) => assert.equal(parseTime(time), cut),
  );

  test('property: parseTime cuts every time that Go formats to its second', () => {
    const second = fc.integer({ min: 0, max: Date.UTC(9999, 11, 31) / 1000 });
    fc.assert(
      fc.property(second, fc.stringMatching(/^(\.\d{1,9})?$/), (value, fraction) => {
        const time = `${new Date(value * 1000).toISOString().slice(0, 19)}${fraction}Z`;
        assert.equal(parseTime(time), value * 1000);
      }),
    );
  });
});

test('formatTime cuts to seconds, as parseTime does', () => {
  assert.equal(formatTime(Date.UTC(2026, 0, 10, 10, 0, 1, 999)), '2026-01-10T10:00:01Z');
});
