/** Tests of the scripts in every shell that corresponds to that of the image. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { cases } from '../../../test/support/cases.ts';
import { shellcheck } from '../../../test/support/shellcheck.ts';
import { assertOutcome, Sandbox, type Shell, scriptText, shells } from '../../calico/scripts/sandbox.ts';

const scripts = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.sh'));
/** Returns the path of a script relative to the sandbox, which is in the folder of the scripts of Calico. */
const here = (script: string): string => `../../cilium/scripts/${script}`;

test('shellcheck reports nothing for the scripts', (context) => {
  const root = path.join(import.meta.dirname, '../../..');
  const outcome = shellcheck({ root, folders: ['charts/cilium/scripts'], env: process.env, install: 'never' });
  if (outcome.result === 'skipped') context.skip(`SHELLCHECK SKIPPED: ${outcome.text}`);
  else assert.equal(outcome.result, 'passed', outcome.text);
});

for (const script of scripts) {
  test(`${script} is suitable for a template and a Pod`, () => {
    const text = scriptText({ script: here(script) });
    assert.match(text, /^[\n\x20-\x7e]*\n$/, 'printable ASCII only, without tabs or carriage returns');
    assert.doesNotMatch(text, /\{\{|\}\}/, 'braces of Handlebars');
    assert.ok(text.split('\n').length <= 80, 'fewer than 80 lines');
  });
}

/** Adds real commands that a script may use. */
function provideCommands(sandbox: Sandbox, ...commands: readonly string[]): void {
  for (const command of commands) sandbox.stub(command, `exec ${command} "$@"`);
}

const setting = 'net.ipv4.conf.all.rp_filter = 0';

for (const [name, shell] of Object.entries(shells('sh'))) {
  describe(`disable-rp-filter in ${name}`, { concurrency: 8 }, () => {
    cases<readonly [before: string | undefined, written: boolean]>(
      {
        'a node without the file': [undefined, true],
        'a node with a different setting': ['net.ipv4.conf.all.rp_filter = 1\n', true],
        'a node with the setting': [`${setting}\n`, false],
      },
      async ([before, written]) => {
        using sandbox = new Sandbox();
        provideCommands(sandbox, 'cat', 'mkdir', 'mv');
        const target = path.join(sandbox.state, before === undefined ? 'sysctl.d/file.conf' : 'file.conf');
        if (before !== undefined) sandbox.write('file.conf', before);
        const paths = { '/host/etc/sysctl.d/99-cilium-rp-filter.conf': target };
        const outcome = await sandbox.run({ script: here('disable-rp-filter.sh'), shell, paths });
        assertOutcome(outcome, { code: 0, stderr: /^$/ });
        assert.equal(readFileSync(target, 'utf8'), `${setting}\n`);
        assert.equal(sandbox.calls('mv').length > 0, written);
        assert.ok(!existsSync(`${target}.new`));
      },
    );

    test('fails for a read-only folder', async () => {
      using sandbox = new Sandbox();
      sandbox.stub('mkdir', 'exit 1');
      const paths = { '/host/etc/sysctl.d/99-cilium-rp-filter.conf': path.join(sandbox.state, 'no/file.conf') };
      const outcome = await sandbox.run({ script: here('disable-rp-filter.sh'), shell, paths });
      assert.notEqual(outcome.code, 0);
    });
  });
}

const lent = [
  ['mount-cgroup.sh', 'cilium-mount', '--cgroup=/hostproc/1/ns/cgroup --mount=/hostproc/1/ns/mnt', ' /run/cgroupv2'],
  ['apply-sysctl-overwrites.sh', 'cilium-sysctlfix', '--mount=/hostproc/1/ns/mnt', ''],
] as const;

for (const [name, shell] of Object.entries(shells('bash'))) {
  describe(`helpers of the image in ${name}`, { concurrency: 8 }, () => {
    for (const [script, helper, namespaces, args] of lent) {
      for (const fails of [false, true]) {
        test(`${script} copies the helper to the host and removes it${fails ? ' after a failure' : ''}`, async () => {
          using sandbox = new Sandbox();
          provideCommands(sandbox, 'cp', 'rm');
          sandbox.stub('nsenter', `ls hostbin; exit ${fails ? 7 : 0}`);
          const [source, folder] = [sandbox.write('helper', 'x'), path.join(sandbox.state, 'hostbin')];
          const paths = { [`/usr/bin/${helper}`]: source, [`/hostbin/${helper}`]: path.join(folder, helper) };
          const env = { BIN_PATH: '/opt/cni/bin', CGROUP_ROOT: '/run/cgroupv2' };
          mkdirSync(folder);
          const outcome = await sandbox.run({ script: here(script), shell: errexit(shell), env, paths });
          assert.equal(outcome.code, fails ? 7 : 0, outcome.stderr);
          assert.equal(outcome.stdout, `${helper}\n`);
          assert.deepEqual(sandbox.calls('nsenter'), [`nsenter ${namespaces} /opt/cni/bin/${helper}${args}`]);
          assert.deepEqual(readdirSync(folder), []);
        });
      }
    }
  });
}

interface CleanUp {
  /** Output of iptables-save and ip6tables-save; null for a failure. */
  readonly ip: readonly string[] | null;
  readonly ip6: readonly string[] | null;
  readonly restored?: Readonly<Partial<Record<'ip' | 'ip6', readonly string[]>>>;
  readonly refused?: boolean;
  /** Output of `nft list tables`; undefined for a node without nft. */
  readonly tables?: readonly string[];
  /** Whether device kube-ipvs0 exists. */
  readonly ipvs?: boolean;
  /** Commands that fail. */
  readonly fails?: 'nft' | 'ip';
  /** Changes of nftables and devices. */
  readonly changes?: readonly string[];
  readonly code?: number;
  readonly stderr?: RegExp;
}

const cilium = ['*nat', ':CILIUM_POST_nat - [0:0]', '-A POSTROUTING -j CILIUM_POST_nat'];
const proxy = [':KUBE-SERVICES - [0:0]', '-A PREROUTING -m comment --comment "a b" -j KUBE-SERVICES'];
const kubelet = [':KUBE-IPTABLES-HINT - [0:0]', ':KUBE-KUBELET-CANARY - [0:0]', '-A INPUT -j KUBE-FIREWALL'];
const similar = [':KUBE-FIREWALLS - [0:0]', ':KUBE-PROXY-CANARY - [0:0]'];

const cleanUps: Readonly<Record<string, CleanUp>> = {
  'restores nothing without rules of kube-proxy': { ip: [...cilium, 'COMMIT'], ip6: [...kubelet, 'COMMIT'] },
  'removes rules of kube-proxy and retains the order of others': {
    ip: [...cilium, ...proxy, ...kubelet, 'COMMIT'],
    ip6: [...cilium, 'COMMIT'],
    restored: { ip: [...cilium, ...kubelet, 'COMMIT'] },
  },
  'cleans both families': {
    ip: [...proxy, 'COMMIT'],
    ip6: [...cilium, ...proxy, 'COMMIT'],
    restored: { ip: ['COMMIT'], ip6: [...cilium, 'COMMIT'] },
  },
  'removes chains whose names only resemble those of kubelet': {
    ip: [...similar, 'COMMIT'],
    ip6: [],
    restored: { ip: ['COMMIT'] },
  },
  'succeeds on a node without IPv6': { ip: [...proxy, 'COMMIT'], ip6: null, restored: { ip: ['COMMIT'] } },
  'fails if the rules cannot be restored': {
    ip: [...proxy, 'COMMIT'],
    ip6: ['COMMIT'],
    refused: true,
    code: 1,
    stderr: /^error: the rules of kube-proxy could not be removed from iptables$/m,
  },
  'removes the tables of kube-proxy from nftables, and no others': {
    ip: [],
    ip6: [],
    tables: ['table inet filter', 'table ip kube-proxy', 'table ip6 kube-proxy', 'table ip kube-proxy-of-others'],
    changes: ['nft delete table ip kube-proxy', 'nft delete table ip6 kube-proxy'],
  },
  'removes nothing from nftables without tables of kube-proxy': { ip: [], ip6: [], tables: ['table ip6 nat'] },
  'removes the device of mode IPVS': { ip: [], ip6: [], ipvs: true, changes: ['ip link delete dev kube-ipvs0'] },
  'cleans up after all modes': {
    ip: [...proxy, 'COMMIT'],
    ip6: ['COMMIT'],
    restored: { ip: ['COMMIT'] },
    tables: ['table ip kube-proxy'],
    ipvs: true,
    changes: ['nft delete table ip kube-proxy', 'ip link delete dev kube-ipvs0'],
  },
  'agents start although a table of nftables remains': {
    ip: [],
    ip6: [],
    tables: ['table ip kube-proxy'],
    fails: 'nft',
    changes: ['nft delete table ip kube-proxy'],
    stderr: /^warning: table ip kube-proxy could not be removed from nftables$/m,
  },
  'agents start although the device of mode IPVS remains': {
    ip: [],
    ip6: [],
    ipvs: true,
    fails: 'ip',
    changes: ['ip link delete dev kube-ipvs0'],
    stderr: /^warning: device kube-ipvs0 could not be removed$/m,
  },
};

for (const [name, shell] of Object.entries(shells('bash'))) {
  describe(`cilium-kube-proxy-clean-up in ${name}`, { concurrency: 8 }, () => {
    cases(cleanUps, async (row) => {
      using sandbox = new Sandbox();
      stubTables(sandbox, row);
      stubNode(sandbox, row);
      const outcome = await sandbox.run({ script: here('cilium-kube-proxy-clean-up.sh'), shell });
      assertOutcome(outcome, { code: row.code ?? 0, stderr: row.stderr ?? /^$/ });
      for (const family of ['ip', 'ip6'] as const)
        assert.deepEqual(sandbox.lines(`${family}.restored`), row.restored?.[family] ?? [], family);
      const calls = sandbox.calls().map((call) => call.replace('nsenter --mount=/hostproc/1/ns/mnt ', ''));
      assert.deepEqual(
        calls.filter((call) => call.includes(' delete ')),
        row.changes ?? [],
      );
    });
  });
}

function stubTables(sandbox: Sandbox, row: CleanUp): void {
  for (const family of ['ip', 'ip6'] as const) {
    const rules = row[family];
    sandbox.write(`${family}.rules`, (rules ?? []).map((line) => `${line}\n`).join(''));
    sandbox.stub(`${family}tables-save`, rules === null ? 'exit 3' : `cat ${family}.rules`);
    const restore = `[ "$1 $2" = '-w 10' ] || exit 64\ncat >${family}.restored`;
    sandbox.stub(`${family}tables-restore`, row.refused === true ? 'cat >/dev/null; exit 4' : restore);
  }
}

/** Adds the commands for nftables, which are those of the node, and for devices. */
function stubNode(sandbox: Sandbox, { tables, ipvs = false, fails }: CleanUp): void {
  provideCommands(sandbox, 'grep');
  sandbox.write('tables', (tables ?? []).map((line) => `${line}\n`).join(''));
  const missing = '[ "$1 $2" = \'--mount=/hostproc/1/ns/mnt nft\' ] || exit 64\n';
  const nft = `[ "$3" = delete ] && exit ${fails === 'nft' ? 1 : 0}\ncat tables`;
  sandbox.stub('nsenter', `${missing}${tables === undefined ? 'exit 127' : nft}`);
  const exists = ipvs ? 0 : 1;
  sandbox.stub('ip', `[ "$2" = show ] && exit ${exists}\nexit ${fails === 'ip' ? 2 : 0}`);
}

/** Adds errexit as in the template: `bash -ec`. */
function errexit([file, ...flags]: Shell): Shell {
  return [file, ...flags.map((flag) => (flag === '-c' ? '-ec' : flag))];
}
