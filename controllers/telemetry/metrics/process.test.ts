import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { systemProbe } from './process.ts';

test('the probe reads start time, CPU time and memory', () => {
  const probe = systemProbe();
  assert.ok(Math.abs(probe.startedAt - (Date.now() - performance.now())) < 60_000);
  assert.ok(probe.cpuMicroseconds() > 0);
  const { rss, heapTotal, heapUsed } = probe.memory();
  assert.ok(rss > heapUsed && heapTotal >= heapUsed && heapUsed > 0);
  assert.equal(probe.nodeVersion, process.version);
});

test('the probe reads file descriptors and virtual memory from /proc', {
  skip: !existsSync('/proc/self/fd') && 'there is no /proc',
}, () => {
  const probe = systemProbe();
  const [files = 0, most = 0, virtual = 0] = [probe.openFiles(), probe.maxFiles(), probe.virtualBytes()];
  assert.ok(files >= 3 && most >= files, `${files} of ${most}`);
  assert.ok(virtual > probe.memory().rss);
});
