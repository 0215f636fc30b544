import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryLogger } from '../../test/doubles/fakeclock.ts';
import { runLog } from './run-log.ts';

test('every log line of a run has controller, object and reconcileID beside its own fields', () => {
  const log = createMemoryLogger();
  const object = { namespace: 'shoot--a--b', name: 'b' };
  const run = runLog({ log, controller: 'network', object, reconcileID: 'id' });
  for (const level of ['debug', 'info', 'warn', 'error'] as const) run[level]({ extra: 1 }, 'Message');
  assert.deepEqual(
    log.lines,
    (['debug', 'info', 'warn', 'error'] as const).map((level) => ({
      level,
      fields: { controller: 'network', object, reconcileID: 'id', extra: 1 },
      message: 'Message',
    })),
  );
});
