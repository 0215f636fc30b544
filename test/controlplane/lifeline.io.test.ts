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

/** A program that records its process ID and received signals, and runs until it is stopped. */
function command(program: string): Command & { readonly pidFile: string } {
  const folder = mkdtempSync(path.join(root, 'case-'));
  const pidFile = path.join(folder, 'pid');
  const script = `require('node:fs').writeFileSync('${pidFile}', String(process.pid)); ${program}`;
  const logFile = path.join(folder, 'log');
  return { file: process.execPath, arguments: ['-e', script], logFile, folder, pidFile };
}

const forever = 'setInterval(() => undefined, 1000);';

async function readPid(started: { readonly pidFile: string }): Promise<number> {
  const read = (): string => (existsSync(started.pidFile) ? readFileSync(started.pidFile, 'utf8') : '');
  await eventually('the program wrote its process ID', () => read() !== '');
  return Number(read());
}

/** Starts the command from a process that then ends; returns the process ID of the command. */
async function startAndEndOwner(
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
  const pid = await readPid(started);
  if (end === 'exit') owner.stdin?.write('now\n');
  else owner.kill(end);
  await exited;
  return pid;
}

cases<{ readonly end: NodeJS.Signals | 'exit' }>(
  'the program and its folder disappear after the owner’s',
  {
    kill: { end: 'SIGKILL' },
    termination: { end: 'SIGTERM' },
    interruption: { end: 'SIGINT' },
    'exit without cleanup': { end: 'exit' },
  },
  async ({ end }) => {
    const started = command(forever);
    const pid = await startAndEndOwner(started, end);
    await eventually('the program ended', () => !isRunning(pid));
    await eventually('its folder was removed', () => !existsSync(started.folder));
  },
);

test('after a killed owner, a program with grace handles TERM before its folder is removed', async () => {
  const farewell = path.join(mkdtempSync(path.join(root, 'farewell-')), 'said');
  const write = `require('node:fs').writeFileSync('${farewell}', String(require('node:fs').existsSync(__filename)))`;
  const started = {
    ...command(`process.on('SIGTERM', () => setTimeout(() => { ${write}; process.exit(); }, 200)); ${forever}`),
    lastSignal: 'TERM',
  } as const;
  const pid = await startAndEndOwner(started, 'SIGKILL');
  await eventually('its folder was removed', () => !existsSync(started.folder));
  assert.equal(isRunning(pid), false);
  assert.equal(existsSync(farewell), true);
});

test('stop sends TERM, waits for the end, and does not remove the folder', async () => {
  const started = command(
    `process.on('SIGTERM', () => { console.log('received TERM'); process.exit(7); }); ${forever}`,
  );
  const lifeline = startWithLifeline(started);
  const pid = await readPid(started);
  assert.equal(lifeline.exitCode(), null);
  await lifeline.stop();
  assert.equal(isRunning(pid), false);
  assert.equal(lifeline.exitCode(), 7);
  assert.equal(readFileSync(started.logFile, 'utf8'), 'received TERM\n');
  await lifeline.stop();
});

test('stop kills a program that ignores TERM', async () => {
  const started = command(`process.on('SIGTERM', () => undefined); ${forever}`);
  const lifeline = startWithLifeline(started);
  const pid = await readPid(started);
  await lifeline.stop('KILL');
  assert.equal(isRunning(pid), false);
});

test('reports the exit code of a program, and a restart appends to its log', async () => {
  const started = command(`console.log('line'); process.exitCode = 5;`);
  for (const expected of ['line\n', 'line\nline\n']) {
    const lifeline = startWithLifeline(started);
    await eventually('it ends', () => lifeline.exitCode() !== null);
    assert.equal(lifeline.exitCode(), 5);
    assert.equal(readFileSync(started.logFile, 'utf8'), expected);
    await lifeline.stop();
  }
});

test('a program that cannot be started has an exit code and an error in the log', async () => {
  const started = { ...command(''), file: path.join(root, 'missing') };
  writeFileSync(started.logFile, '');
  const lifeline = startWithLifeline(started);
  await eventually('it ends', () => lifeline.exitCode() !== null);
  assert.equal(lifeline.exitCode(), 127);
  assert.match(readFileSync(started.logFile, 'utf8'), /missing/);
});
