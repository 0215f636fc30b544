/** Tests of the scripts in every shell that corresponds to that of the image. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { cases } from '../../../test/support/cases.ts';
import { shellcheck } from '../../../test/support/shellcheck.ts';
import { assertOutcome, type Run, Sandbox, type Shell, scriptText, shells } from './sandbox.ts';
import { stubIp, stubSleep, writeExecutable } from './stubs.ts';

const scripts = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.sh'));

test('shellcheck reports nothing for the scripts', (context) => {
  const root = path.join(import.meta.dirname, '../../..');
  const outcome = shellcheck({ root, folders: ['charts/calico/scripts'], env: process.env, install: 'never' });
  if (outcome.result === 'skipped') context.skip(`SHELLCHECK SKIPPED: ${outcome.text}`);
  else assert.equal(outcome.result, 'passed', outcome.text);
});

for (const script of scripts) {
  test(`${script} is suitable for a template and a Pod`, () => {
    const text = scriptText({ script });
    assert.match(text, /^[\n\x20-\x7e]*\n$/, 'printable ASCII only, without tabs or carriage returns');
    assert.doesNotMatch(text, /\{\{|\}\}/, 'braces of Handlebars');
    assert.ok(text.split('\n').length <= 80, 'fewer than 80 lines');
  });
}

test('both scripts that use iptables detect the backend of the node in the same way', () => {
  const [first, second] = ['log-mtu-issues.sh', 'add-snat-rule-to-upstream-dns.sh'].map((script) => {
    return /# Prints nft or legacy:[^]*?\n\}\n/.exec(scriptText({ script }))?.[0];
  });
  assert.ok(first !== undefined);
  assert.equal(first, second);
});

interface RoutesCase {
  readonly before: Readonly<Record<'-4' | '-6', string>>;
  readonly flushes: readonly string[];
  readonly code?: number;
  readonly stderr?: RegExp;
}

const route4 = '100.96.1.0/24 via 10.250.0.3 dev tunl0 onlink\n';
const route6 = 'fd00::/64 via fe80::1 dev eth0\n';
const routes: Readonly<Record<string, RoutesCase>> = {
  'flushes nothing without routes of BIRD': { before: { '-4': '', '-6': '' }, flushes: [] },
  'flushes routes of both families': {
    before: { '-4': route4, '-6': route6 },
    flushes: ['ip -4 route flush proto bird', 'ip -6 route flush proto bird'],
  },
  'repeats an incomplete flush': {
    before: { '-4': route4 + route4, '-6': '' },
    flushes: ['ip -4 route flush proto bird', 'ip -4 route flush proto bird'],
  },
  'succeeds if a family is disabled': {
    before: { '-4': route4, '-6': 'off\n' },
    flushes: ['ip -4 route flush proto bird'],
  },
  'fails for routes that cannot be deleted, after deleting those of the other family': {
    before: { '-4': 'sticky\n', '-6': route6 },
    flushes: [...Array.from({ length: 5 }, () => 'ip -4 route flush proto bird'), 'ip -6 route flush proto bird'],
    code: 1,
    stderr: /^error: ip -4 route flush proto bird left routes behind, 5 times:\nsticky$/m,
  },
};

for (const [name, shell] of Object.entries(shells('sh'))) {
  describe(`scripts in ${name}`, { concurrency: 8 }, () => {
    cases('cleanup-routes', routes, async (row) => {
      using sandbox = new Sandbox();
      stubIp(sandbox, row.before);
      const outcome = await sandbox.run({ script: 'cleanup-routes.sh', shell });
      assertOutcome(outcome, { code: row.code ?? 0, stderr: row.stderr ?? /^$/ });
      assert.deepEqual(
        sandbox.calls('ip').filter((call) => call.includes('flush')),
        row.flushes,
      );
      if (outcome.code !== 0) return;
      const again = await sandbox.run({ script: 'cleanup-routes.sh', shell });
      assertOutcome(again, { code: 0, stderr: /^$/ });
      assert.equal(
        sandbox.calls('ip').filter((call) => call.includes('flush')).length,
        row.flushes.length,
        'second run',
      );
    });

    test(`cleanup-routes: fails without ip`, async () => {
      using sandbox = new Sandbox();
      assertOutcome(await sandbox.run({ script: 'cleanup-routes.sh', shell }), {
        code: 1,
        stderr: /^error: ip is not in/,
      });
    });

    for (const code of [0, 3]) {
      test(`hostpath-init: exits with the exit code ${code} of calico-node`, async () => {
        using sandbox = new Sandbox();
        sandbox.stub('calico-node', `exit ${code}`);
        const outcome = await sandbox.run({ script: 'hostpath-init.sh', shell });
        assertOutcome(outcome, { code, stderr: /^$/ });
        assert.deepEqual(sandbox.calls(), ['calico-node -hostpath-init']);
      });
    }

    pluginTests(shell);
  });
}

for (const [name, shell] of Object.entries(shells('bash'))) {
  describe(`network-unavailable-condition-ensurer in ${name}`, { concurrency: 8 }, () => {
    test(`runs one start-up after 30 s and is idle until TERM`, async () => {
      using sandbox = new Sandbox();
      stubSleep(sandbox, 2);
      sandbox.stub('calico-node');
      const running = sandbox.start({ script: 'network-unavailable-condition-ensurer.sh', shell });
      await running.until('it idled', () => sandbox.lines('asleep').length > 0);
      running.signal('SIGTERM');
      assertOutcome(await running.ended(), { code: 0, stderr: /^$/ });
      assert.deepEqual(sandbox.calls(), [
        'sleep 30',
        'calico-node -startup -complete-startup',
        'sleep 3600',
        'sleep 3600',
      ]);
    });

    test(`retries a failed start-up`, async () => {
      using sandbox = new Sandbox();
      stubSleep(sandbox, 2);
      sandbox.stub('calico-node', '[ "$(grep -c ^calico-node calls)" -gt 1 ]');
      const running = sandbox.start({ script: 'network-unavailable-condition-ensurer.sh', shell });
      await running.until('it idled', () => sandbox.lines('asleep').length > 0);
      running.signal('SIGTERM');
      assertOutcome(await running.ended(), {
        code: 0,
        stderr: /^warning: calico-node -startup -complete-startup failed, .* 30 s$/m,
      });
      const startup = 'calico-node -startup -complete-startup';
      assert.deepEqual(sandbox.calls(), ['sleep 30', startup, 'sleep 30', startup, 'sleep 3600']);
    });

    for (const [moment, returning] of [
      ['before the start-up', 0],
      ['during the start-up', 1],
    ] as const) {
      test(`exits with its child on TERM ${moment}`, async () => {
        using sandbox = new Sandbox();
        stubSleep(sandbox, returning);
        sandbox.stub('calico-node', 'sleep 0.1; echo startup >>asleep; exec sleep 30');
        const running = sandbox.start({ script: 'network-unavailable-condition-ensurer.sh', shell });
        await running.until('it waited', () => sandbox.lines('asleep').length > 0);
        running.signal('SIGTERM');
        assertOutcome(await running.ended(), { code: 0, stderr: /^$/ });
        assert.deepEqual(sandbox.lines('asleep'), [returning === 0 ? '30' : 'startup']);
      });
    }
  });
}

function pluginTests(shell: Shell): void {
  test(`install-cni-plugins: installs executables except those of Calico`, async () => {
    using sandbox = new Sandbox();
    const { source, target, run } = pluginFolders(sandbox, shell);
    for (const plugin of ['bridge', 'vlan', 'host-local', 'loopback', 'portmap', 'tuning']) {
      writeExecutable(source, plugin, `new ${plugin}`);
      writeExecutable(target, plugin, `old ${plugin}`);
    }
    writeExecutable(source, 'macvlan', 'new macvlan');
    sandbox.write('source/LICENSE', 'text');
    sandbox.write('target/calico', 'old calico');
    sandbox.write('target/.vlan.new', 'left by an interrupted copy, and longer than the plugin');
    assertOutcome(await sandbox.run(run), { code: 0, stderr: /^$/ });
    const installed = readdirSync(target).map((file) => readFileSync(path.join(target, file), 'utf8'));
    const kept = ['calico', 'host-local', 'loopback', 'portmap', 'tuning'].map((plugin) => `old ${plugin}`);
    assert.deepEqual(
      installed.sort(),
      [...['bridge', 'macvlan', 'vlan'].map((plugin) => `new ${plugin}`), ...kept].sort(),
    );
    assert.equal(statSync(path.join(target, 'vlan')).mode & 0o777, 0o755);
  });

  test(`install-cni-plugins: replaces a running plugin`, async () => {
    using sandbox = new Sandbox();
    const { source, target, run } = pluginFolders(sandbox, shell);
    copyFileSync('/bin/cat', path.join(target, 'bridge'));
    const plugin = spawn(path.join(target, 'bridge'), { argv0: 'cat', stdio: ['pipe', 'ignore', 'ignore'] });
    const ended = once(plugin, 'exit');
    try {
      const old = statSync(path.join(target, 'bridge')).ino;
      writeExecutable(source, 'bridge', 'new bridge');
      assertOutcome(await sandbox.run(run), { code: 0, stderr: /^$/ });
      assert.equal(readFileSync(path.join(target, 'bridge'), 'utf8'), 'new bridge');
      assert.notEqual(statSync(path.join(target, 'bridge')).ino, old);
    } finally {
      plugin.stdin.end();
    }
    assert.deepEqual(await ended, [0, null]);
  });

  test(`install-cni-plugins: retains the old plugin after a failed copy`, async () => {
    using sandbox = new Sandbox();
    const { source, target, run } = pluginFolders(sandbox, shell);
    writeExecutable(source, 'bridge', 'new bridge');
    writeExecutable(target, 'bridge', 'old bridge');
    sandbox.stub('cp', 'printf half >"$2"; exit 1');
    assertOutcome(await sandbox.run(run), {
      code: 1,
      stderr: /^error: .*source\/bridge could not be installed as .*target\/bridge$/m,
    });
    assert.deepEqual(readdirSync(target), ['bridge']);
    assert.equal(readFileSync(path.join(target, 'bridge'), 'utf8'), 'old bridge');
  });

  test(`install-cni-plugins: fails for an image without plugins`, async () => {
    using sandbox = new Sandbox();
    assertOutcome(await sandbox.run(pluginFolders(sandbox, shell).run), {
      code: 1,
      stderr: /^error: no plugin in .*source/,
    });
  });
}

interface PluginFolders {
  readonly source: string;
  readonly target: string;
  readonly run: Run;
}

function pluginFolders(sandbox: Sandbox, shell: Shell): PluginFolders {
  const source = path.join(sandbox.state, 'source');
  const target = path.join(sandbox.state, 'target');
  mkdirSync(source);
  mkdirSync(target);
  const paths = { '/usr/src/cni/bin': source, '/host/opt/cni/bin': target };
  const env = { PATH: `${sandbox.bin}:/usr/bin:/bin` };
  return { source, target, run: { script: 'install-cni-plugins.sh', shell, paths, env } };
}
