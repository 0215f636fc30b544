import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { cases } from '../support/cases.ts';
import { buildBinaries } from './build.ts';
import { readRecipe } from './recipe.ts';
import { cacheFolder, findSource, type SourceInput } from './sources.ts';
import type { Environment } from './types.ts';

const root = mkdtempSync(path.join(os.tmpdir(), 'sources-test-'));
after(() => rmSync(root, { recursive: true, force: true }));

const recipe = readRecipe(`${process.platform}-${process.arch}`);
const noContainers = async (): Promise<{ available: boolean; description: string }> => ({
  available: false,
  description: 'no container runtime responds (test)',
});

/** Returns a folder with shell scripts as fake programs. */
function createPrograms(scripts: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(path.join(root, 'bin-'));
  for (const [name, script] of Object.entries(scripts)) {
    writeFileSync(path.join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(path.join(folder, name), 0o755);
  }
  return folder;
}

/** A fake Go that builds a script which prints the requested version, and that records its arguments. */
function fakeGo(calls: string, build = ''): string {
  return createPrograms({
    go: `if [ "$1" = version ]; then echo go version go1.99; exit 0; fi
      echo "$GOFLAGS|$GOWORK|$CGO_ENABLED|$GOOS|$*" >> ${calls}
      ${build}
      while [ "$1" != -o ]; do shift; done
      sleep 0.3
      printf '#!/bin/sh\\necho ${recipe.etcd.version} ${recipe.kubeApiServer.version}\\n' > "$2"
      chmod +x "$2"`,
  });
}

function newCache(): string {
  return mkdtempSync(path.join(root, 'cache-'));
}

function input(env: Environment, more: Partial<SourceInput> = {}): SourceInput & { readonly lines: string[] } {
  const lines: string[] = [];
  const log = (line: string): void => void lines.push(line);
  return { log, lines, build: true, containers: noContainers, env: { PATH: '/usr/bin:/bin', ...env }, ...more };
}

test('KUBEBUILDER_ASSETS takes precedence', async () => {
  const assets = createPrograms({ etcd: '', 'kube-apiserver': '' });
  const cache = newCache();
  mkdirSync(path.join(cacheFolder({ XDG_CACHE_HOME: cache }), recipe.key), { recursive: true });
  const { source } = await findSource(input({ KUBEBUILDER_ASSETS: assets, XDG_CACHE_HOME: cache }));
  assert.ok(source?.kind === 'binaries');
  assert.equal(source.binaries.kubeApiServer, path.join(assets, 'kube-apiserver'));
});

cases<{ readonly scripts: Readonly<Record<string, string>> }>(
  'KUBEBUILDER_ASSETS is an error',
  {
    'without etcd': { scripts: { 'kube-apiserver': '' } },
    'without programs': { scripts: {} },
  },
  async ({ scripts }) => {
    const assets = createPrograms(scripts);
    await assert.rejects(findSource(input({ KUBEBUILDER_ASSETS: assets })), (error: Error) => {
      assert.match(error.message, /has no executable etcd and kube-apiserver: correct the path, or unset it/);
      assert.ok(error.message.includes(assets));
      return true;
    });
  },
);

test('the cache takes precedence over a build', async () => {
  const cache = newCache();
  const calls = path.join(cache, 'calls');
  const env = { XDG_CACHE_HOME: cache, PATH: `${fakeGo(calls)}:/usr/bin:/bin` };
  const first = await findSource(input(env));
  const second = await findSource(input(env));
  assert.deepEqual(second.source, first.source);
  assert.equal(readFileSync(calls, 'utf8').trim().split('\n').length, 2);
});

test('a build is pinned regardless of the Go settings of the shell', async () => {
  const cache = newCache();
  const calls = path.join(cache, 'calls');
  const PATH = `${fakeGo(calls)}:/usr/bin:/bin`;
  const { source } = await findSource(input({ XDG_CACHE_HOME: cache, PATH, GOFLAGS: '-mod=mod', GOOS: 'plan9' }));
  assert.ok(source?.kind === 'binaries');
  const [etcd = '', kubeApiServer = ''] = readFileSync(calls, 'utf8').trim().split('\n');
  assert.match(etcd, /^\|off\|0\|\|build -v -mod=readonly .* go\.etcd\.io\/etcd\/server\/v3$/);
  assert.match(
    kubeApiServer,
    /-X k8s\.io\/component-base\/version\.gitVersion=v1\.\d+\.\d+ .*k8s\.io\/kubernetes\/cmd\/kube-apiserver$/,
  );
  assert.match(kubeApiServer, /version\.gitMajor=1 .*version\.gitMinor=\d+/);
});

test('of two concurrent requests one builds and the other waits', async () => {
  const cache = newCache();
  const calls = path.join(cache, 'calls');
  const env = { PATH: `${fakeGo(calls)}:/usr/bin:/bin` };
  const lines: string[] = [];
  const build = { recipe, cache, env, log: (line: string): void => void lines.push(line) };
  const [first, second] = await Promise.all([buildBinaries(build), buildBinaries(build)]);
  assert.deepEqual(first, second);
  assert.equal(readFileSync(calls, 'utf8').trim().split('\n').length, 2);
  assert.ok(
    lines.some((line) => line.includes(`process ${process.pid}@${os.hostname()} is building`)),
    lines.join('\n'),
  );
  assert.deepEqual(readdirSync(cache).sort(), ['calls', recipe.key].sort());
});

test('takes over a lock whose owner has ended', async () => {
  const cache = newCache();
  const lock = path.join(cache, `${recipe.key}.lock`);
  mkdirSync(lock);
  // Beyond the largest possible process ID.
  writeFileSync(path.join(lock, 'owner'), `4194999@${os.hostname()}`);
  const env = { PATH: `${fakeGo(path.join(cache, 'calls'))}:/usr/bin:/bin` };
  await buildBinaries({ recipe, cache, env, log: () => undefined });
  assert.ok(existsSync(path.join(cache, recipe.key, 'etcd')));
  assert.equal(existsSync(lock), false);
});

cases<{ readonly build: string; readonly expected: RegExp }>(
  'reports and cleans up',
  {
    'a failed build, with its last lines': {
      build: 'echo cannot find module >&2; exit 1',
      expected: /exited with code 1:\n {2}cannot find module/,
    },
    'a program of another version than the pinned one': {
      build: `while [ "$1" != -o ]; do shift; done; printf '#!/bin/sh\\necho v0.0.1\\n' > "$2"; chmod +x "$2"; exit 0`,
      expected: /--version prints "v0\.0\.1", expected/,
    },
  },
  async ({ build, expected }) => {
    const cache = newCache();
    const PATH = `${fakeGo(path.join(root, 'calls'), build)}:/usr/bin:/bin`;
    const findInput = input({ XDG_CACHE_HOME: cache, PATH });
    const { source, reason } = await findSource(findInput);
    assert.equal(source, undefined);
    assert.match(reason, /the build failed .*no container runtime responds/);
    assert.match(findInput.lines.join('\n'), expected);
    assert.deepEqual(readdirSync(cacheFolder({ XDG_CACHE_HOME: cache })), []);
  },
);

test('an aborted build rejects and leaves no files', async () => {
  const cache = newCache();
  const aborter = new AbortController();
  const PATH = `${fakeGo(path.join(root, 'calls'), 'exec sleep 30')}:/usr/bin:/bin`;
  const signal = aborter.signal;
  const building = findSource(
    input({ XDG_CACHE_HOME: cache, PATH }, { signal, log: () => aborter.abort(new Error('enough')) }),
  );
  await assert.rejects(building, /enough/);
  assert.deepEqual(readdirSync(cacheFolder({ XDG_CACHE_HOME: cache })), []);
});

test('builds nothing unless allowed, and explains how to build', async () => {
  const cache = newCache();
  const PATH = `${fakeGo(path.join(root, 'calls'))}:/usr/bin:/bin`;
  const { source, reason } = await findSource(input({ XDG_CACHE_HOME: cache, PATH }, { build: false }));
  assert.equal(source, undefined);
  assert.match(reason, /not built: run `node test\/controlplane\/cli\.ts build`/);
});

test('containers have the lowest precedence', async () => {
  const containers = async (): Promise<{ available: boolean; description: string }> => ({
    available: true,
    description: 'test',
  });
  const env = { XDG_CACHE_HOME: newCache(), PATH: '/nowhere' };
  assert.deepEqual((await findSource(input(env, { containers }))).source, { kind: 'containers', origin: 'test' });
  const off = { ...env, CONTROLPLANE_CONTAINERS: '0' };
  assert.match((await findSource(input(off, { containers }))).reason, /containers are disabled/);
  const { source, reason } = await findSource(input(env));
  assert.equal(source, undefined);
  assert.match(
    reason,
    /^no kube-apiserver and etcd: KUBEBUILDER_ASSETS is not set; none in .*; no Go toolchain .*; no container/,
  );
});

cases<{ readonly env: Environment; readonly folder: string }>(
  'the cache folder is derived from',
  {
    XDG_CACHE_HOME: {
      env: { XDG_CACHE_HOME: '/x', HOME: '/h' },
      folder: '/x/gardener-extension-networking/controlplane',
    },
    'HOME if XDG_CACHE_HOME is relative': {
      env: { XDG_CACHE_HOME: 'x', HOME: '/h' },
      folder: '/h/.cache/gardener-extension-networking/controlplane',
    },
    HOME: { env: { HOME: '/h' }, folder: '/h/.cache/gardener-extension-networking/controlplane' },
  },
  ({ env, folder }) => assert.equal(cacheFolder(env), folder),
);
