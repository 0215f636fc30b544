import assert from 'node:assert/strict';
import { test } from 'node:test';
import { severeLines, unexpectedLines } from './log-lines.ts';

const output = [
  'time=2026-01-01T00:00:00Z level=info msg="level=error in a message is no level" module=agent',
  'time=2026-01-01T00:00:01Z level=warn msg="Geneve \\"is\\" missing" module=agent',
  'time=2026-01-01T00:00:02Z level=error msg=short module=agent',
  'time=2026-01-01T00:00:03Z level=fatal msg="cannot start"',
  'no line of the logger',
].join('\n');

test('lines of level warning and worse are found with their messages', () => {
  assert.deepEqual(
    severeLines(output).map(({ level, message }) => [level, message]),
    [
      ['warn', 'Geneve \\"is\\" missing'],
      ['error', 'short'],
      ['fatal', 'cannot start'],
    ],
  );
});

test('lines of Calico have another form', () => {
  const lines = severeLines(
    [
      '2026-01-01 00:00:00.000 [INFO][42] felix/daemon.go 1: [WARNING][1] in a message is no level',
      '2026-01-01 00:00:00.001 [WARNING][42] felix/health.go 211: Reporter is not ready',
      '2026-01-01 00:00:00.002 [FATAL][42] startup/startup.go 3: cannot start',
    ].join('\n'),
  );
  assert.deepEqual(
    lines.map(({ level, message }) => [level, message]),
    [
      ['warn', 'Reporter is not ready'],
      ['fatal', 'cannot start'],
    ],
  );
});

test('only lines that an entry matches are expected', () => {
  const lines = unexpectedLines(severeLines(output), [{ pattern: /Geneve/, reason: 'the kernel has none' }]);
  assert.deepEqual(
    lines.map(({ message }) => message),
    ['short', 'cannot start'],
  );
});
