/** Tests of the bundled executable. They are skipped before `make build`, which `make test` runs first. */
import assert from 'node:assert/strict';
import { type ChildProcessByStdio, type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const bundle = fileURLToPath(new URL('../../../dist/netext.js', import.meta.url));
const metafile = new URL('../../../dist/netext.meta.json', import.meta.url);
const cwd = fileURLToPath(new URL('testdata/input', import.meta.url));
const built = existsSync(bundle) && existsSync(metafile);
const skip = built ? false : 'dist/netext.js does not exist, run make build';
if (!built) console.log(`SKIPPED: tests of the bundle: ${skip}`);

test('returns exit codes to the shell, and prints nothing to standard output on errors', { skip }, () => {
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

test('reads standard input to its end', { skip }, () => {
  const shoot = readFileSync(`${cwd}/shoot.yaml`, 'utf8');
  const long = `${'# a comment\n'.repeat(50_000)}${shoot}`;
  assert.match(netext(['validate', '-f', '-'], { input: long }).stdout, /^✓ Shoot garden-dev\/web is valid\n/);
});

test('rejects endless standard input', { skip }, async () => {
  const child = spawn(process.execPath, [bundle, 'validate', '-f', '-'], { stdio: ['pipe', 'ignore', 'pipe'] });
  const block = Buffer.alloc(1024 * 1024, '# no end\n');
  child.stdin.on('error', () => undefined);
  const write = (): void => void child.stdin.write(block, (error) => error ?? write());
  write();
  assert.deepEqual(await ended(child), { code: 2, stderr: 'stdin: error: is larger than 16 MiB\n' });
});

test('omits the pipes of a folder', { skip }, (context) => {
  const folder = createFolder(context);
  copyFileSync(`${cwd}/shoot.yaml`, path.join(folder, 'shoot.yaml'));
  assert.equal(spawnSync('mkfifo', [path.join(folder, 'pipe.yaml')]).status, 0);
  const { status, stdout, stderr } = netext(['validate', folder]);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^✓ Shoot garden-dev\/web is valid\n/);
});

const isRoot = process.getuid?.() === 0 && 'root may read every folder';

test('reports a folder without permission beside the others', { skip: skip || isRoot }, (context) => {
  const folder = createFolder(context);
  copyFileSync(`${cwd}/shoot.yaml`, path.join(folder, 'shoot.yaml'));
  mkdirSync(path.join(folder, 'closed'));
  chmodSync(path.join(folder, 'closed'), 0);
  const { status, stdout } = netext(['validate', folder]);
  assert.equal(status, 1);
  assert.match(stdout, /^✓ Shoot garden-dev\/web is valid\n/);
  assert.match(stdout, /closed\/: error: permission denied\n/);
  chmodSync(path.join(folder, 'closed'), 0o700);
});

test('a reader that closes the pipe early, such as head, is not an error', { skip }, async () => {
  for (const format of ['yaml', 'json']) {
    const argv = [bundle, 'render', '-f', 'calico.yaml', '-o', format];
    const child = spawn(process.execPath, argv, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.once('data', () => child.stdout.destroy());
    assert.deepEqual(await ended(child), { code: 0, stderr: '' });
  }
});

test('exits with an error if the output cannot be written', {
  skip: skip || (existsSync('/dev/full') ? false : '/dev/full does not exist'),
}, () => {
  const result = spawnSync('sh', ['-c', '"$0" "$1" render -f calico.yaml >/dev/full', process.execPath, bundle], {
    cwd,
    encoding: 'utf8',
  });
  assert.equal(result.status, 3);
  assert.match(result.stderr, /^error: cannot write the output: ENOSPC: .*\n$/);
});

test('respects NO_COLOR and FORCE_COLOR, and prints no colours to a pipe', { skip }, () => {
  const coloured = (env: Readonly<Record<string, string>>): boolean =>
    netext(['validate', '-f', 'refused.yaml'], { env }).stdout.includes('\u001b[');
  assert.equal(coloured({}), false);
  assert.equal(coloured({ FORCE_COLOR: '1' }), true);
  assert.equal(coloured({ FORCE_COLOR: '0' }), false);
  const both = netext(['validate', '-f', 'refused.yaml'], { env: { NO_COLOR: '1', FORCE_COLOR: '1' } });
  assert.equal(both.stdout.includes('\u001b'), false);
  assert.equal(both.stderr, '');
});

test('prints addresses of pages', { skip }, () => {
  const { stdout } = netext(['validate', '-f', 'warned.yaml', '-f', 'refused.yaml']);
  assert.match(stdout, / https:\/\/\S+\/docs\/usage\/\w+\.md/);
  assert.doesNotMatch(stdout, / docs\//);
});

test('reads a stream of any length', { skip }, async () => {
  const child = spawn(process.execPath, [bundle, 'validate', '-q', '-'], { stdio: ['pipe', 'ignore', 'pipe'] });
  const shoot = readFileSync(`${cwd}/shoot.yaml`, 'utf8');
  const rest = `---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: "${'x'.repeat(1024 * 1024)}"}\n`;
  for (const part of [shoot, ...Array.from({ length: 40 }, () => rest)])
    if (!child.stdin.write(part)) await new Promise((resolve) => void child.stdin.once('drain', resolve));
  child.stdin.end();
  assert.deepEqual(await ended(child), { code: 0, stderr: '' });
});

/** script of util-linux, which runs a command in a terminal. */
const script = '/usr/bin/script';
const scriptTool = String(spawnSync(script, ['--version']).stdout).includes('util-linux');

test('prints colours to a terminal unless NO_COLOR is set', {
  skip: skip || (scriptTool ? false : 'script of util-linux is not available'),
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

/** A single file would load the built-in modules of all commands at its start. */
const parts = built ? Object.keys(readMetafile().outputs).length : 0;

test('offline commands load no built-in network module', {
  skip: skip || (parts > 1 ? false : 'the bundle is a single file'),
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

test('offline commands evaluate neither a Kubernetes client nor code of the long-running processes', { skip }, () => {
  const { inputs } = readMetafile();
  const foreign =
    /^node_modules\/(undici|@kubernetes|pino|p-queue|ws)\/|^pkg\/kubernetes\/|^controllers\/(?!(netext|program|process\/(commands|signals|(controller|admission)\/options))\.ts$)/;
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

/** Returns the modules that are evaluated with the given ones, excluding dynamic imports. */
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

function createFolder(context: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'netext-'));
  context.after(() => rmSync(folder, { recursive: true }));
  return folder;
}
