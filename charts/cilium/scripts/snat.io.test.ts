/** Tests of both scripts that masquerade egress of pods: their rules, the order, and the termination of the containers. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { cases } from '../../../test/support/cases.ts';
import { assertOutcome, type Outcome, Sandbox, type Shell, shells } from '../../calico/scripts/sandbox.ts';
import { stubSleep } from '../../calico/scripts/stubs.ts';

/** Returns the path of a script relative to the sandbox, which is in the folder of the scripts of Calico. */
const here = (script: string): string => `../../cilium/scripts/${script}`;

interface Snat {
  readonly script: string;
  readonly env: Readonly<Record<string, string>>;
  readonly resolvConf?: string;
  /** Existing rules. */
  readonly before?: readonly string[];
  /** Final rules in order, by binary. */
  readonly rules: Readonly<Partial<Record<'iptables' | 'ip6tables', readonly string[]>>>;
  /** Number of checks for which the chain is missing. */
  readonly missing?: number;
  readonly failures?: string;
  readonly stdout?: RegExp;
  readonly stderr?: RegExp;
  readonly sleeps?: readonly string[];
}

const pods = '100.96.0.0/11';
const dns = 'add-snat-rule-to-upstream-dns.sh';
const world = 'add-snat-rule-to-outside-world.sh';

function upstream(to: string, from = pods): string {
  return `-s ${from} -d ${to} ! -o cilium_+ -j MASQUERADE`;
}

function outside(nodes: string | undefined, from = pods): readonly string[] {
  const exceptions = [from, ...(nodes === undefined ? [] : [nodes])].map((range) => `-s ${from} -d ${range} -j RETURN`);
  return [...exceptions, `-s ${from} ! -o cilium_+ -j MASQUERADE`];
}

const snats: Readonly<Record<string, Snat>> = {
  'dns: adds a rule for each nameserver at the head': {
    script: dns,
    env: { POD_CIDR: pods },
    resolvConf: 'search a.b\nnameserver 10.1.1.1\nnameserver 169.254.169.254\n',
    before: ['-j OTHER'],
    rules: { iptables: [upstream('169.254.169.254/32'), upstream('10.1.1.1/32'), '-j OTHER'] },
  },
  'dns: does not duplicate an existing rule': {
    script: dns,
    env: { POD_CIDR: pods },
    resolvConf: 'nameserver 10.1.1.1\n',
    before: [upstream('10.1.1.1/32')],
    rules: { iptables: [upstream('10.1.1.1/32')] },
  },
  'dns: skips nameservers of the other family and invalid addresses (verdict 13)': {
    script: dns,
    env: { POD_CIDR: pods },
    resolvConf: 'nameserver fd00::53\nnameserver 127.0.0.53\nnameserver dns.example.org\nnameserver 10.1.1.1\n',
    rules: { iptables: [upstream('10.1.1.1/32')] },
    stdout: /^(no rule for nameserver '.*': it is .*\n){3}$/,
  },
  'dns: supports IPv6 pods': {
    script: dns,
    env: { POD_CIDR: 'fd00:10::/56' },
    resolvConf: 'nameserver 10.1.1.1\nnameserver fd00::53\n',
    rules: { ip6tables: [upstream('fd00::53/128', 'fd00:10::/56')] },
    stdout: /^no rule for nameserver '10\.1\.1\.1'/,
  },
  'dns: waits for the chain': {
    script: dns,
    env: { POD_CIDR: pods },
    resolvConf: 'nameserver 10.1.1.1\n',
    missing: 1,
    rules: { iptables: [upstream('10.1.1.1/32')] },
    sleeps: ['sleep 5', 'sleep 60', 'sleep 60'],
  },
  'dns: adds nothing while the lock is held': {
    script: dns,
    env: { POD_CIDR: pods },
    resolvConf: 'nameserver 10.1.1.1\n',
    failures: '-C',
    rules: {},
    stderr: /^iptables: refused\nwarning: nameserver 10\.1\.1\.1 has no rule, next try in 60 s\n/,
  },
  'world: adds exceptions before the rule': {
    script: world,
    env: { POD_CIDR: pods, NODE_CIDR: '10.250.0.0/16' },
    before: ['-j OTHER'],
    rules: { iptables: ['-j OTHER', ...outside('10.250.0.0/16')] },
  },
  'world: works without a node range (verdict 13)': {
    script: world,
    env: { POD_CIDR: pods },
    rules: { iptables: outside(undefined) },
  },
  'world: ignores an empty node range': {
    script: world,
    env: { POD_CIDR: pods, NODE_CIDR: '' },
    rules: { iptables: outside(undefined) },
  },
  'world: ignores a node range of the other family': {
    script: world,
    env: { POD_CIDR: pods, NODE_CIDR: 'fd00::/64' },
    rules: { iptables: outside(undefined) },
    stdout: /^no exception for NODE_CIDR 'fd00::\/64'/,
  },
  'world: supports IPv6 pods': {
    script: world,
    env: { POD_CIDR: 'fd00:10::/56', NODE_CIDR: 'fd00:20::/64' },
    rules: { ip6tables: outside('fd00:20::/64', 'fd00:10::/56') },
  },
  'world: does not duplicate existing rules': {
    script: world,
    env: { POD_CIDR: pods, NODE_CIDR: '10.250.0.0/16' },
    before: [...outside('10.250.0.0/16'), '-j OTHER'],
    rules: { iptables: [...outside('10.250.0.0/16'), '-j OTHER'] },
  },
  'world: moves a later exception before the rule': {
    script: world,
    env: { POD_CIDR: pods, NODE_CIDR: '10.250.0.0/16' },
    before: outside(undefined),
    rules: { iptables: outside('10.250.0.0/16') },
  },
  'world: adds nothing while the lock is held': {
    script: world,
    env: { POD_CIDR: pods },
    failures: '-C',
    rules: {},
    stderr: /^iptables: refused\nwarning: not all rules are in place, next try in 60 s\n/,
  },
};

for (const [name, shell] of Object.entries(shells('sh'))) {
  describe(`snat in ${name}`, { concurrency: 8 }, () => {
    cases(snats, async (row) => {
      using sandbox = new Sandbox();
      stubChain(sandbox, row);
      const sleeps = row.sleeps ?? ['sleep 60', 'sleep 60'];
      stubSleep(sandbox, sleeps.length - 1);
      const outcome = await runUntilAsleep(sandbox, { row, shell });
      assertOutcome(outcome, { code: 0, stderr: row.stderr ?? /^$/ });
      assert.match(outcome.stdout, row.stdout ?? /^$/);
      for (const binary of ['iptables', 'ip6tables'] as const)
        assert.deepEqual(sandbox.lines(`${binary}.rules`), row.rules[binary] ?? [], binary);
      assert.deepEqual(sandbox.calls('sleep'), sleeps);
    });

    for (const script of [dns, world]) {
      for (const cidr of ['', '100.96.0.0', '10.0.0.0/8,fd00::/56', '-j DROP/32', 'pods/11']) {
        test(`${script}: rejects POD_CIDR '${cidr}' after a pause`, async () => {
          using sandbox = new Sandbox();
          stubChain(sandbox, { script, env: {}, rules: {} });
          stubSleep(sandbox, 1);
          const outcome = await sandbox.run({ script: here(script), shell, env: { POD_CIDR: cidr } });
          assertOutcome(outcome, { code: 1, stderr: /^error: POD_CIDR is '.*', not a CIDR like .*spec\.podCIDR/ });
          assert.deepEqual(sandbox.calls(), ['sleep 60']);
        });
      }
    }
  });
}

/** Stubs of iptables and ip6tables with one chain: -S checks its existence, -C, -I, -A and -D operate on its rules. */
function stubChain(sandbox: Sandbox, { before = [], missing = 0, failures = 'none', env }: Snat): void {
  for (const binary of ['iptables', 'ip6tables']) {
    const own = (binary === 'ip6tables') === (env['POD_CIDR'] ?? '').includes(':');
    sandbox.write(`${binary}.rules`, own ? before.map((line) => `${line}\n`).join('') : '');
    sandbox.stub(
      binary,
      `[ "$1 $2 $3 $4 $6" = '-w 10 -t nat CILIUM_POST_nat' ] || exit 64
operation=$5
shift 6
if [ "$operation" = '${failures}' ]; then echo "$name: refused" >&2; exit 4; fi
case $operation in
  -S) [ "$(grep -c -e -S calls)" -gt ${missing} ] ;;
  -C) grep -qxF -e "$*" "$name.rules" || { echo 'Bad rule' >&2; exit 1; } ;;
  -A) printf '%s\\n' "$*" >>"$name.rules" ;;
  -I) { printf '%s\\n' "$*"; cat "$name.rules"; } >new && mv new "$name.rules" ;;
  -D) grep -qxF -e "$*" "$name.rules" || exit 1; grep -vxF -e "$*" "$name.rules" >new; mv new "$name.rules" ;;
  *) exit 64 ;;
esac`,
    );
  }
}

/** Runs the script for the number of loops that the sleeps allow, then sends TERM. */
async function runUntilAsleep(
  sandbox: Sandbox,
  { row, shell }: { readonly row: Snat; readonly shell: Shell },
): Promise<Outcome> {
  const paths = row.script === dns ? { '/etc/resolv.conf': sandbox.write('resolv.conf', row.resolvConf ?? '') } : {};
  const running = sandbox.start({ script: here(row.script), shell, env: row.env, paths });
  await running.until('its last sleep', () => existsSync(path.join(sandbox.state, 'asleep')));
  running.signal('SIGTERM');
  return running.ended();
}
