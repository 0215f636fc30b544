/** Tests of add-snat-rule-to-upstream-dns: the rules for nameservers, their tables, and the termination of the container. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { assertOutcome, type Outcome, Sandbox, type Shell, shells } from './sandbox.ts';
import { currentRules, hint, type Node, type Rules, stubNode, stubSleep } from './stubs.ts';

const script = 'add-snat-rule-to-upstream-dns.sh';
const podCidr = '100.96.0.0/11';
const podCidr6 = 'fd00:10::/56';

interface SnatCase {
  readonly cidr?: string;
  readonly node: Node;
  readonly resolvConf: string;
  readonly rules: Rules;
  /** Servers without a rule, which are logged once each. */
  readonly skipped?: readonly string[];
  readonly stderr?: RegExp;
}

const snatCases: Readonly<Record<string, SnatCase>> = {
  'nft, one IPv4 nameserver': {
    node: { 'iptables-nft': hint },
    resolvConf: 'search example.org\nnameserver 10.1.1.1\noptions ndots:5\n',
    rules: { 'iptables-nft': [masquerade(podCidr, '10.1.1.1/32')] },
  },
  'legacy, one IPv4 nameserver': {
    node: { 'iptables-legacy': hint },
    resolvConf: 'nameserver 10.1.1.1\n',
    rules: { 'iptables-legacy': [masquerade(podCidr, '10.1.1.1/32')] },
  },
  'no chains of kubelet, so nft': {
    node: {},
    resolvConf: 'nameserver 10.1.1.1\n',
    rules: { 'iptables-nft': [masquerade(podCidr, '10.1.1.1/32')] },
  },
  'one nameserver of each family, IPv4 pods': {
    node: { 'iptables-nft': hint },
    resolvConf: 'nameserver fd00::53\nnameserver 10.1.1.1\n',
    rules: { 'iptables-nft': [masquerade(podCidr, '10.1.1.1/32')] },
    skipped: ['fd00::53'],
  },
  'one nameserver of each family, IPv6 pods': {
    cidr: podCidr6,
    node: { 'ip6tables-nft': hint },
    resolvConf: 'nameserver fd00::53\nnameserver 10.1.1.1\n',
    rules: { 'ip6tables-nft': [masquerade(podCidr6, 'fd00::53/128')] },
    skipped: ['10.1.1.1'],
  },
  'an existing rule': {
    node: { 'iptables-nft': { ...hint, rules: [masquerade(podCidr, '10.1.1.1/32')] } },
    resolvConf: 'nameserver 10.1.1.1\n',
    rules: { 'iptables-nft': [masquerade(podCidr, '10.1.1.1/32')] },
  },
  'irregular spacing, a duplicate server, no final newline': {
    node: { 'iptables-nft': hint },
    resolvConf:
      '  nameserver\t10.1.1.1 # first\nnameserver 10.1.1.1\n\n;nameserver 10.9.9.9\nnameserver 169.254.169.254',
    rules: { 'iptables-nft': [masquerade(podCidr, '10.1.1.1/32'), masquerade(podCidr, '169.254.169.254/32')] },
  },
  'servers unreachable from pods': {
    node: { 'iptables-nft': hint },
    resolvConf: ['127.0.0.53', '0.0.0.0', '::1', 'fe80::1%eth0', '10.1.1.1'].map(server).join(''),
    rules: { 'iptables-nft': [masquerade(podCidr, '10.1.1.1/32')] },
    skipped: ['127.0.0.53', '0.0.0.0', '::1', 'fe80::1%eth0'],
  },
  'IPv6 servers unreachable from pods': {
    cidr: podCidr6,
    node: { 'ip6tables-nft': hint },
    resolvConf: ['::1', '::', 'fe80::1', 'FEBF::1', 'fe80::1%eth0', 'fd00::1%eth0', 'dns:53', '2001:DB8::53']
      .map(server)
      .join(''),
    rules: { 'ip6tables-nft': [masquerade(podCidr6, '2001:DB8::53/128')] },
    skipped: ['::1', '::', 'fe80::1', 'FEBF::1', 'fe80::1%eth0', 'fd00::1%eth0', 'dns:53'],
  },
  'invalid addresses': {
    node: { 'iptables-nft': hint },
    resolvConf: ['', 'dns.example.org', 'a.b.c.d', '8.8', '1.2.3.', '1..2.3', '1.2.3.4.5', '10.1.1.1/8', '-j']
      .map(server)
      .join(''),
    rules: {},
    skipped: ['', 'dns.example.org', 'a.b.c.d', '8.8', '1.2.3.', '1..2.3', '1.2.3.4.5', '10.1.1.1/8', '-j'],
  },
  'no nameserver': { node: { 'iptables-nft': hint }, resolvConf: 'search example.org\n', rules: {} },
  'a missing ip6tables': {
    cidr: podCidr6,
    node: { 'iptables-nft': hint, 'ip6tables-nft': null, 'ip6tables-legacy': null },
    resolvConf: 'nameserver fd00::53\n',
    rules: {},
    stderr: /ip6tables-nft.*not found\nwarning: nameserver fd00::53 has no rule, next try in 60 s\n/,
  },
  'a held lock, with which no possibly existing rule is added': {
    node: { 'iptables-nft': { ...hint, failures: { '-C': 4 } } },
    resolvConf: 'nameserver 10.1.1.1\n',
    rules: {},
    stderr: /^iptables-nft: refused\nwarning: nameserver 10.1.1.1 has no rule, next try in 60 s\n/,
  },
  'a rejected rule, after which the next one is added': {
    node: { 'iptables-nft': { ...hint, failures: { '-I': 2 } } },
    resolvConf: 'nameserver 10.1.1.1\nnameserver 10.1.1.2\n',
    rules: {},
    stderr: /nameserver 10.1.1.1 has no rule.*\n.*\nwarning: nameserver 10.1.1.2 has no rule/,
  },
};

for (const [name, shell] of Object.entries(shells('sh'))) {
  describe(`add-snat-rule-to-upstream-dns in ${name}`, { concurrency: 8 }, () => {
    for (const [node, row] of Object.entries(snatCases)) {
      test(node, async () => {
        using sandbox = new Sandbox();
        stubNode(sandbox, row.node);
        stubSleep(sandbox, 2);
        const outcome = await runUntilAsleep(sandbox, { shell, cidr: row.cidr ?? podCidr, resolvConf: row.resolvConf });
        assertOutcome(outcome, { code: 0, stderr: row.stderr ?? /^$/ });
        assert.deepEqual(currentRules(sandbox), row.rules);
        const skipped = [...outcome.stdout.matchAll(/^no rule for nameserver '(.*)': it is .+$/gm)].map(
          ([, found]) => found,
        );
        assert.deepEqual(skipped, row.skipped ?? []);
        assert.equal(outcome.stdout.split('\n').length - 1, skipped.length, outcome.stdout);
        assert.deepEqual(sandbox.calls('sleep'), ['sleep 15', 'sleep 60', 'sleep 60']);
      });
    }

    test(`restores a removed rule with the next check`, async () => {
      using sandbox = new Sandbox();
      stubNode(sandbox, { 'iptables-nft': hint });
      stubSleep(sandbox, 2, 'cp iptables-nft.rules "rules-at-sleep-$1"; : >iptables-nft.rules');
      await runUntilAsleep(sandbox, { shell, cidr: podCidr, resolvConf: 'nameserver 10.1.1.1\n' });
      const rule = masquerade(podCidr, '10.1.1.1/32');
      assert.deepEqual([sandbox.lines('rules-at-sleep-60'), sandbox.lines('iptables-nft.rules')], [[rule], [rule]]);
    });

    test(`exits without a rule on TERM before the first check`, async () => {
      using sandbox = new Sandbox();
      stubNode(sandbox, { 'iptables-nft': hint });
      stubSleep(sandbox, 0);
      const outcome = await runUntilAsleep(sandbox, { shell, cidr: podCidr, resolvConf: 'nameserver 10.1.1.1\n' });
      assertOutcome(outcome, { code: 0, stderr: /^$/ });
      assert.deepEqual(sandbox.calls(), ['sleep 15']);
    });

    for (const cidr of [
      '',
      undefined,
      '100.96.0.0',
      '100.96.0.0/11,fd00::/56',
      'fd00::',
      '/11',
      '-j DROP/32',
      'pods/11',
      '::/0 ',
    ]) {
      test(`rejects POD_CIDR ${JSON.stringify(cidr)} after a pause`, async () => {
        using sandbox = new Sandbox();
        stubNode(sandbox, { 'iptables-nft': hint });
        stubSleep(sandbox, 1);
        const outcome = await sandbox.run({ script, shell, env: cidr === undefined ? {} : { POD_CIDR: cidr } });
        assertOutcome(outcome, { code: 1, stderr: /^error: POD_CIDR is '.*', not a CIDR like .*spec\.podCIDR/ });
        assert.ok(outcome.stderr.includes(`'${cidr ?? ''}'`));
        assert.deepEqual(sandbox.calls(), ['sleep 60']);
      });
    }

    test(`property: passes only addresses from resolv.conf to iptables`, async () => {
      const word = fc.oneof(
        fc.string({ unit: fc.constantFrom(...'0159afxF.:%/- *$`"\'\\;|&>(){}[]~!#\t\r'.split('')), maxLength: 12 }),
        fc.ipV4(),
        fc.ipV6(),
        fc.string({ unit: 'binary', maxLength: 8 }).filter((text) => !/[\0\n]/.test(text)),
      );
      const line = fc.oneof(
        word,
        word.map(server),
        fc.tuple(word, word).map(([first, second]) => server(`${first} ${second}`)),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(line, { minLength: 20, maxLength: 60 }), async (lines) => {
          using sandbox = new Sandbox();
          stubNode(sandbox, { 'iptables-nft': hint });
          stubSleep(sandbox, 1);
          const outcome = await runUntilAsleep(sandbox, { shell, cidr: podCidr, resolvConf: lines.join('\n') });
          assert.equal(outcome.code, 0, outcome.stderr);
          for (const rule of currentRules(sandbox)['iptables-nft'] ?? []) {
            assert.match(
              rule,
              /^nat POSTROUTING -s 100\.96\.0\.0\/11 -d \d+\.\d+\.\d+\.\d+\/32 ! -o cali\+ -j MASQUERADE$/,
            );
          }
          const known = new Set(['sleep', 'iptables-nft']);
          assert.deepEqual(
            sandbox.calls().filter((call) => !known.has(call.split(' ')[0] ?? '')),
            [],
          );
          assert.deepEqual(
            Object.keys(currentRules(sandbox)).filter((binary) => binary !== 'iptables-nft'),
            [],
          );
        }),
        { numRuns: 4, endOnFailure: true },
      );
    });
  });
}

function masquerade(source: string, destination: string): string {
  return `nat POSTROUTING -s ${source} -d ${destination} ! -o cali+ -j MASQUERADE`;
}

function server(name: string): string {
  return `nameserver ${name}\n`;
}

interface SnatRun {
  readonly shell: Shell;
  readonly cidr: string;
  readonly resolvConf: string;
}

/** Runs the script until a pause that does not return, then sends TERM. */
async function runUntilAsleep(sandbox: Sandbox, run: SnatRun): Promise<Outcome> {
  const paths = { '/etc/resolv.conf': sandbox.write('resolv.conf', run.resolvConf) };
  const running = sandbox.start({ script, shell: run.shell, env: { POD_CIDR: run.cidr }, paths });
  await running.until('it paused', () => sandbox.lines('asleep').length > 0);
  running.signal('SIGTERM');
  return running.ended();
}
