import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryLogger } from '../../test/doubles/fakeclock.ts';
import { runLog } from './run-log.ts';

test('each line of a run says which run of what it is, and has its own fields beside', () => {
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
