import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { cases } from '../support/cases.ts';
import { type Command, startWithLifeline } from './lifeline.ts';
import { eventually, isRunning } from './testing.ts';

const root = mkdtempSync(path.join(os.tmpdir(), 'lifeline-test-'));
after(() => rmSync(root, { recursive: true, force: true }));

/** A program that writes down its process id, and the signals it gets, and stays unless told otherwise. */
function command(program: string): Command & { readonly pidFile: string } {
  const folder = mkdtempSync(path.join(root, 'case-'));
  const pidFile = path.join(folder, 'pid');
  const script = `require('node:fs').writeFileSync('${pidFile}', String(process.pid)); ${program}`;
  const logFile = path.join(folder, 'log');
  return { file: process.execPath, arguments: ['-e', script], logFile, folder, pidFile };
}

const forever = 'setInterval(() => undefined, 1000);';

async function pidOf(started: { readonly pidFile: string }): Promise<number> {
  const read = (): string => (existsSync(started.pidFile) ? readFileSync(started.pidFile, 'utf8') : '');
  await eventually('the program writes its process id', () => read() !== '');
  return Number(read());
}

/** Starts the command by a process that then ends; gives the command's process id. */
async function endOwnerOf(
  started: Command & { readonly pidFile: string },
  end: NodeJS.Signals | 'exit',
): Promise<number> {
  const module = path.join(import.meta.dirname, 'lifeline.ts');
  const ending = end === 'exit' ? `process.stdin.once('data', () => process.exit(3));` : '';
  const owner = spawn(
    process.execPath,
    [
      '--input-type=module',
      '--eval',
      `import { startWithLifeline } from ${JSON.stringify(module)};
       startWithLifeline(${JSON.stringify(started)});
       setInterval(() => undefined, 1000);
       ${ending}`,
    ],
    { stdio: ['pipe', 'inherit', 'inherit'] },
  );
  const exited = once(owner, 'exit');
  const pid = await pidOf(started);
  if (end === 'exit') owner.stdin?.write('now\n');
  else owner.kill(end);
  await exited;
  return pid;
}

cases<{ readonly end: NodeJS.Signals | 'exit' }>(
  {
    'a killed owner takes the program and its folder along': { end: 'SIGKILL' },
    'so does one that is terminated': { end: 'SIGTERM' },
    'and one that is interrupted': { end: 'SIGINT' },
    'and one that exits without a word': { end: 'exit' },
  },
  async ({ end }) => {
    const started = command(forever);
    const pid = await endOwnerOf(started, end);
    await eventually('the program ends', () => !isRunning(pid));
    await eventually('its folder is removed', () => !existsSync(started.folder));
  },
);

test('a killed owner lets a program say good-bye that asked for it, before its folder goes', async () => {
  const farewell = path.join(mkdtempSync(path.join(root, 'farewell-')), 'said');
  const write = `require('node:fs').writeFileSync('${farewell}', String(require('node:fs').existsSync(__filename)))`;
  const started = {
    ...command(`process.on('SIGTERM', () => setTimeout(() => { ${write}; process.exit(); }, 200)); ${forever}`),
    lastSignal: 'TERM',
  } as const;
  const pid = await endOwnerOf(started, 'SIGKILL');
  await eventually('its folder is removed', () => !existsSync(started.folder));
  assert.equal(isRunning(pid), false);
  assert.equal(existsSync(farewell), true);
});

test('stop sends TERM, waits for the end, and leaves the folder to the caller', async () => {
  const started = command(`process.on('SIGTERM', () => { console.log('asked to end'); process.exit(7); }); ${forever}`);
  const lifeline = startWithLifeline(started);
  const pid = await pidOf(started);
  assert.equal(lifeline.exitCode(), null);
  await lifeline.stop();
  assert.equal(isRunning(pid), false);
  assert.equal(lifeline.exitCode(), 7);
  assert.equal(readFileSync(started.logFile, 'utf8'), 'asked to end\n');
  await lifeline.stop();
});

test('KILL ends a program that ignores TERM', async () => {
  const started = command(`process.on('SIGTERM', () => undefined); ${forever}`);
  const lifeline = startWithLifeline(started);
  const pid = await pidOf(started);
  await lifeline.stop('KILL');
  assert.equal(isRunning(pid), false);
});

test('the exit code of a program that ends by itself is told, and a restart keeps its log', async () => {
  const started = command(`console.log('line'); process.exitCode = 5;`);
  for (const expected of ['line\n', 'line\nline\n']) {
    const lifeline = startWithLifeline(started);
    await eventually('it ends', () => lifeline.exitCode() !== null);
    assert.equal(lifeline.exitCode(), 5);
    assert.equal(readFileSync(started.logFile, 'utf8'), expected);
    await lifeline.stop();
  }
});

test('a program that cannot be started has an exit code and says why in the log', async () => {
  const started = { ...command(''), file: path.join(root, 'missing') };
  writeFileSync(started.logFile, '');
  const lifeline = startWithLifeline(started);
  await eventually('it ends', () => lifeline.exitCode() !== null);
  assert.equal(lifeline.exitCode(), 127);
  assert.match(readFileSync(started.logFile, 'utf8'), /missing/);
});
