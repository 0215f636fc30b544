import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createProgress } from './progress.ts';

function setUp(width: number | undefined) {
  const written: string[] = [];
  let time = 0;
  const screen = { write: (text: string) => void written.push(text), colour: false, width };
  const progress = createProgress(screen, () => time);
  return { progress, written, wait: (milliseconds: number) => (time += milliseconds) };
}

test('shows progress on a terminal after a second, five times per second, and removes it', () => {
  const { progress, written, wait } = setUp(80);
  progress.read(5 * 1024 * 1024, 10);
  assert.deepEqual(written, []);
  wait(1_000);
  progress.read(5 * 1024 * 1024, 20);
  progress.checked(1, 20);
  wait(200);
  progress.checked(7, 20);
  progress.clear();
  progress.clear();
  assert.deepEqual(written, ['\r\u001b[Kreading: 20 documents, 10 MiB', '\r\u001b[Kchecking: 7 of 20', '\r\u001b[K']);
});

test('cuts the line to the width of the terminal', () => {
  const { progress, written, wait } = setUp(10);
  wait(1_000);
  progress.checked(1, 20);
  assert.deepEqual(written, ['\r\u001b[Kchecking:']);
});

test('shows nothing in a pipe', () => {
  const { progress, written, wait } = setUp(undefined);
  wait(5_000);
  progress.read(1, 1);
  progress.checked(1, 2);
  progress.clear();
  assert.deepEqual(written, []);
});
