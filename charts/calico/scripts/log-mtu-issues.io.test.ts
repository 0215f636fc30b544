/** Tests of log-mtu-issues on nodes with nft, with legacy or without a hint, two runs each. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertOutcome, Sandbox, shells } from './sandbox.ts';
import { canary, currentRules, hint, type Node, type Rules, stubNode } from './stubs.ts';

const log4 = 'filter OUTPUT -p icmp --icmp-type fragmentation-needed -j LOG --log-prefix PACKET-TOO-BIG ';
const log6 = 'filter OUTPUT -p ipv6-icmp --icmpv6-type packet-too-big -j LOG --log-prefix PACKET-TOO-BIG ';

interface LogCase {
  readonly node: Node;
  /** The rules after the first run, and after the second one. */
  readonly rules: Rules;
  readonly stderr?: RegExp;
}

const logCases: Readonly<Record<string, LogCase>> = {
  'kubelet uses nft': { node: { 'iptables-nft': hint }, rules: { 'iptables-nft': [log4], 'ip6tables-nft': [log6] } },
  'kubelet uses legacy': {
    node: { 'iptables-legacy': hint },
    rules: { 'iptables-legacy': [log4], 'ip6tables-legacy': [log6] },
  },
  'an older kubelet created its canary only': {
    node: { 'iptables-legacy': canary },
    rules: { 'iptables-legacy': [log4], 'ip6tables-legacy': [log6] },
  },
  'kubelet uses IPv6 only': {
    node: { 'ip6tables-legacy': hint },
    rules: { 'iptables-legacy': [log4], 'ip6tables-legacy': [log6] },
  },
  'both backends have chains of kubelet': {
    node: { 'iptables-nft': canary, 'iptables-legacy': hint },
    rules: { 'iptables-nft': [log4], 'ip6tables-nft': [log6] },
  },
  'kubelet does not use iptables': { node: {}, rules: { 'iptables-nft': [log4], 'ip6tables-nft': [log6] } },
  'a chain of kubelet in another table is ignored': {
    node: { 'iptables-legacy': { chains: ['nat KUBE-IPTABLES-HINT'] } },
    rules: { 'iptables-nft': [log4], 'ip6tables-nft': [log6] },
  },
  'the rules exist': {
    node: { 'iptables-nft': { ...hint, rules: [log4] }, 'ip6tables-nft': { rules: [log6] } },
    rules: { 'iptables-nft': [log4], 'ip6tables-nft': [log6] },
  },
  'ip6tables is missing': {
    node: { 'iptables-nft': hint, 'ip6tables-nft': null, 'ip6tables-legacy': null },
    rules: { 'iptables-nft': [log4] },
    stderr: /ip6tables-nft.*not found\nwarning: the node will not log IPv6 packets that are too big\n$/,
  },
  'IPv6 is off': {
    node: { 'iptables-nft': hint, 'ip6tables-nft': { failures: { '-S': 3, '-C': 3, '-I': 3 } } },
    rules: { 'iptables-nft': [log4] },
    stderr: /^ip6tables-nft: refused\nwarning: the node will not log IPv6 packets that are too big\n$/,
  },
  'the lock is held, so that no possibly existing rule is added': {
    node: { 'iptables-nft': { ...hint, failures: { '-C': 4 } } },
    rules: { 'ip6tables-nft': [log6] },
    stderr: /^iptables-nft: refused\nwarning: the node will not log IPv4 packets that are too big\n$/,
  },
  'the kernel lacks LOG': {
    node: { 'iptables-nft': { ...hint, failures: { '-I': 1 } } },
    rules: { 'ip6tables-nft': [log6] },
    stderr: /^iptables-nft: refused\nwarning: the node will not log IPv4 packets that are too big\n$/,
  },
};

for (const [name, shell] of Object.entries(shells('sh'))) {
  describe(`log-mtu-issues in ${name}`, { concurrency: 8 }, () => {
    for (const [node, row] of Object.entries(logCases)) {
      test(node, async () => {
        using sandbox = new Sandbox();
        stubNode(sandbox, row.node);
        for (let run = 1; run <= 2; run += 1) {
          const outcome = await sandbox.run({ script: 'log-mtu-issues.sh', shell });
          assertOutcome(outcome, { code: 0, stderr: row.stderr ?? /^$/ });
          assert.deepEqual(currentRules(sandbox), row.rules, `after run ${run}`);
        }
      });
    }
  });
}
