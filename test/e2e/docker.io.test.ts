import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { cases } from '../support/cases.ts';
import { type Engine, type EngineSearch, findEngine } from './docker.ts';

const skip = process.platform === 'linux' && process.getuid?.() === 0 ? false : 'only root on Linux starts engines';

/** A command line that reaches its engine if the socket file exists. */
const docker = `#!/bin/sh
case $1 in context) echo unix:///by/context; exit 0 ;; esac
host=\${DOCKER_HOST:-unix:///nowhere}
[ -e "\${host#unix://}" ] || { echo 'Cannot connect' >&2; exit 1; }
echo 1.2.3
`;

/** A command line whose engine always runs. */
const running = docker.replace('[ -e ', '[ -n ');

/** Creates its socket file and runs until SIGTERM. */
const dockerd = (record: string): string => `#!/bin/sh
for word; do case $word in --host=*) socket=\${word#--host=unix://} ;; esac; done
trap 'echo "dockerd gone" >>${record}; exit 0' TERM
: >"$socket"
while :; do /bin/sleep 0.1; done
`;

const brokenDockerd = `#!/bin/sh
echo 'cgroups: no such mount' >&2
exit 1
`;

/** Installs the programs in the store, but only after an update of the package lists. */
const aptGet = `#!/bin/sh
echo "apt-get $1" >>"$RECORD"
[ "$1" = update ] && { : >"$RECORD.lists"; exit 0; }
[ -e "$RECORD.lists" ] || exit 100
/bin/cp "$STORE"/* "$BIN"
`;

type Programs = Readonly<Record<string, string>>;

class Machine implements Disposable {
  readonly root = mkdtempSync(path.join(tmpdir(), 'docker-test-'));
  readonly record = path.join(this.root, 'record');
  readonly #env = {
    PATH: `${this.root}/bin`,
    RECORD: this.record,
    STORE: `${this.root}/store`,
    BIN: `${this.root}/bin`,
  };

  install(programs: Programs, folder: 'bin' | 'store' = 'bin'): this {
    mkdirSync(path.join(this.root, folder), { recursive: true });
    for (const [name, text] of Object.entries(programs))
      writeFileSync(path.join(this.root, folder, name), text, { mode: 0o755 });
    return this;
  }

  find(install: boolean, env: Programs = {}): Promise<EngineSearch> {
    return findEngine({ env: { ...this.#env, ...env }, install, log: () => undefined });
  }

  recorded(): string {
    return existsSync(this.record) ? readFileSync(this.record, 'utf8') : '';
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

test('uses a running engine at the address of its context or of DOCKER_HOST', async () => {
  using machine = new Machine().install({ docker: running });
  for (const [env, host] of [
    [{}, 'unix:///by/context'],
    [{ DOCKER_HOST: 'unix:///mine' }, 'unix:///mine'],
  ] as const) {
    const engine = requireEngine(await machine.find(true, env));
    assert.equal(engine.env['DOCKER_HOST'], host);
    assert.equal(engine.description, `Docker 1.2.3 at ${host}`);
    await engine.stop();
  }
  assert.equal(machine.recorded(), '');
});

test('installs and starts nothing if that is not allowed', async () => {
  using machine = new Machine();
  machine.install({ docker, dockerd: dockerd(machine.record), 'apt-get': aptGet });
  assert.match(failureReason(await machine.find(false)), /^no Docker engine responds \(Cannot connect\)$/);
  assert.equal(machine.recorded(), '');
});

test('returns a reason without the command line', async () => {
  using machine = new Machine().install({});
  assert.match(failureReason(await machine.find(false)), /^no Docker engine responds \(.*ENOENT\)$/);
});

test('starts an engine in its own folder; stop ends it and removes the folder', { skip }, async () => {
  using machine = new Machine();
  machine.install({ docker, dockerd: dockerd(machine.record) });
  const engine = requireEngine(await machine.find(true));
  const socket = engine.env['DOCKER_HOST']?.replace('unix://', '') ?? '';
  assert.ok(existsSync(socket));
  await engine.stop();
  assert.equal(machine.recorded(), 'dockerd gone\n');
  assert.equal(existsSync(path.dirname(socket)), false);
});

test('installs Docker if it is missing, after an update of the package lists', { skip }, async () => {
  using machine = new Machine().install({ 'apt-get': aptGet });
  machine.install({ docker, dockerd: dockerd(machine.record) }, 'store');
  const engine = requireEngine(await machine.find(true));
  await engine.stop();
  assert.equal(machine.recorded(), 'apt-get install\napt-get update\napt-get install\ndockerd gone\n');
});

cases<{ readonly programs: Programs; readonly reason: RegExp }>(
  {
    'returns a reason if apt-get fails': {
      programs: { 'apt-get': '#!/bin/sh\nexit 1\n' },
      reason: /apt-get could not install docker\.io/,
    },
    'returns a reason without apt-get': { programs: {}, reason: /apt-get is not available/ },
    'returns the end of the log if dockerd exits': {
      programs: { docker, dockerd: brokenDockerd },
      reason: /^dockerd does not run on this machine:\n {2}cgroups: no such mount$/,
    },
  },
  async ({ programs, reason }) => {
    using machine = new Machine().install(programs);
    assert.match(failureReason(await machine.find(true)), skip === false ? reason : /; only root on Linux can start/);
  },
);

function requireEngine(search: EngineSearch): Engine {
  if ('reason' in search) throw new Error(search.reason);
  return search;
}

function failureReason(search: EngineSearch): string {
  return 'reason' in search ? search.reason : search.description;
}
