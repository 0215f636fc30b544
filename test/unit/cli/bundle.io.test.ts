/** The executable as users start it, where `make build` has made it: `make test` does so before. */
import assert from 'node:assert/strict';
import { type ChildProcessByStdio, type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const bundle = fileURLToPath(new URL('../../../dist/netext.js', import.meta.url));
const metafile = new URL('../../../dist/netext.meta.json', import.meta.url);
const cwd = fileURLToPath(new URL('testdata/input', import.meta.url));
const built = existsSync(bundle) && existsSync(metafile);
const skip = built ? false : 'dist/netext.js is not there, run make build';
if (!built) console.log(`SKIPPED: tests of the bundle: ${skip}`);

test('exit codes reach the shell, and nothing is printed to standard output when something is wrong', { skip }, () => {
  for (const [code, ...argv] of [
    [0, 'validate', '-f', 'warned.yaml'],
    [1, 'validate', '-f', 'refused.yaml'],
    [2, 'validate', '-f', 'none.yaml'],
    [0, 'render', '-f', 'warned.yaml'],
    [1, 'render', '-f', 'refused.yaml'],
    [2, 'render', '-o', 'xml'],
    [2],
  ] as const) {
    const result = netext(argv);
    assert.equal(result.status, code, result.stderr);
    if (code === 2 || (code === 1 && argv[0] === 'render')) assert.equal(result.stdout, '');
  }
});

test('standard input is read to its end', { skip }, () => {
  const shoot = readFileSync(`${cwd}/shoot.yaml`, 'utf8');
  const long = `${'# a comment\n'.repeat(50_000)}${shoot}`;
  assert.equal(netext(['validate', '-f', '-'], { input: long }).stdout, '✓ Shoot garden-dev/web is valid\n');
});

test('standard input without an end is refused', { skip }, async () => {
  const child = spawn(process.execPath, [bundle, 'validate', '-f', '-'], { stdio: ['pipe', 'ignore', 'pipe'] });
  const block = Buffer.alloc(1024 * 1024, '# no end\n');
  child.stdin.on('error', () => undefined);
  const write = (): void => void child.stdin.write(block, (error) => error ?? write());
  write();
  assert.deepEqual(await ended(child), { code: 2, stderr: 'stdin: error: is larger than 16 MiB\n' });
});

test('a reader that stops early, such as head, is no error', { skip }, async () => {
  for (const format of ['yaml', 'json']) {
    const argv = [bundle, 'render', '-f', 'calico.yaml', '-o', format];
    const child = spawn(process.execPath, argv, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.once('data', () => child.stdout.destroy());
    assert.deepEqual(await ended(child), { code: 0, stderr: '' });
  }
});

test('an output that cannot be written is an error', {
  skip: skip || (existsSync('/dev/full') ? false : 'there is no /dev/full'),
}, () => {
  const result = spawnSync('sh', ['-c', '"$0" "$1" render -f calico.yaml >/dev/full', process.execPath, bundle], {
    cwd,
    encoding: 'utf8',
  });
  assert.equal(result.status, 3);
  assert.match(result.stderr, /^error: the output cannot be written: ENOSPC: .*\n$/);
});

test('the environment decides about colours, a pipe has none', { skip }, () => {
  const coloured = (env: Readonly<Record<string, string>>): boolean =>
    netext(['validate', '-f', 'refused.yaml'], { env }).stdout.includes('\u001b[');
  assert.equal(coloured({}), false);
  assert.equal(coloured({ FORCE_COLOR: '1' }), true);
  assert.equal(coloured({ FORCE_COLOR: '0' }), false);
});

/** Of util-linux; gives a command a terminal. */
const script = '/usr/bin/script';
const scriptTool = String(spawnSync(script, ['--version']).stdout).includes('util-linux');

test('a terminal has colours, unless NO_COLOR says no', {
  skip: skip || (scriptTool ? false : 'there is no script of util-linux, which gives a terminal'),
}, () => {
  const onTerminal = (env: Readonly<Record<string, string>>, redirect = ''): string => {
    const command = `'${process.execPath}' '${bundle}' validate -f refused.yaml ${redirect}`;
    return spawnSync(script, ['-qec', command, '/dev/null'], {
      cwd,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], TERM: 'xterm', ...env },
    }).stdout;
  };
  assert.equal(onTerminal({}).startsWith('\u001b[31m✗'), true);
  assert.match(onTerminal({ NO_COLOR: '1' }), /^✗/);
  assert.match(onTerminal({ TERM: 'dumb' }), /^✗/);
  assert.match(onTerminal({}, '| cat'), /^✗/);
});

/** One file links the built-in modules of all commands at its start, whichever of them runs. */
const parts = built ? Object.keys(readMetafile().outputs).length : 0;

test('offline commands load no built-in module that can talk to a network', {
  skip: skip || (parts > 1 ? false : 'the bundle is one file'),
}, () => {
  const list = 'process.on("exit",()=>process.stderr.write(JSON.stringify(process.moduleLoadList)))';
  for (const command of ['render', 'validate']) {
    const argv = ['--import', `data:text/javascript,${list}`, bundle, command, '-f', 'calico.yaml'];
    const { stderr } = spawnSync(process.execPath, argv, { cwd, encoding: 'utf8', maxBuffer: 1 << 26, env: {} });
    const loaded = JSON.parse(stderr) as readonly string[];
    assert.ok(loaded.includes('NativeModule fs'));
    assert.deepEqual(
      loaded.filter((name) => /^NativeModule (_?tls|_?http|https|inspector|internal\/http)/.test(name)),
      [],
    );
  }
});

test('offline commands evaluate no client and nothing of the long-running processes', { skip }, () => {
  const { inputs } = readMetafile();
  const foreign =
    /^node_modules\/(undici|@kubernetes|pino|p-queue|ws)\/|^pkg\/kubernetes\/|^controllers\/(?!(netext|program|process\/(signals|(controller|admission)\/options))\.ts$)/;
  assert.ok('controllers/netext.ts' in inputs);
  for (const command of ['render', 'validate']) {
    const evaluated = staticClosure(inputs, [
      'controllers/netext.ts',
      'controllers/program.ts',
      `pkg/cli/${command}.ts`,
    ]);
    assert.ok(evaluated.has('pkg/calico/plan.ts'), 'the closure follows imports');
    assert.deepEqual(
      [...evaluated].filter((file) => foreign.test(file)),
      [],
    );
  }
});

test('help and version evaluate no CNI', { skip }, () => {
  const { inputs } = readMetafile();
  const evaluated = staticClosure(inputs, ['controllers/netext.ts', 'controllers/program.ts']);
  assert.deepEqual(
    [...evaluated].filter((file) => /^pkg\/(calico|templates)\/|node_modules\/(zod|js-yaml|handlebars)\//.test(file)),
    [],
  );
});

interface Metafile {
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly inputs: Readonly<
    Record<
      string,
      { readonly imports: readonly { readonly path: string; readonly kind: string; readonly external?: boolean }[] }
    >
  >;
}

function readMetafile(): Metafile {
  return JSON.parse(readFileSync(metafile, 'utf8')) as Metafile;
}

/** What is evaluated with the given modules: everything but what `import()` brings. */
function staticClosure(inputs: Metafile['inputs'], start: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const rest = [...start];
  for (let file = rest.pop(); file !== undefined; file = rest.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    for (const { path, kind, external } of inputs[file]?.imports ?? [])
      if (external !== true && kind !== 'dynamic-import') rest.push(path);
  }
  return seen;
}

async function ended(
  child: ChildProcessByStdio<Writable | null, Readable | null, Readable>,
): Promise<{ readonly code: unknown; readonly stderr: string }> {
  const [code, stderr] = await Promise.all([
    new Promise((resolve) => void child.on('close', resolve)),
    text(child.stderr),
  ]);
  return { code, stderr };
}

function netext(
  argv: readonly string[],
  options: { readonly input?: string; readonly env?: Readonly<Record<string, string>> } = {},
): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [bundle, ...argv], {
    cwd,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    ...options,
    env: options.env ?? {},
  });
}
