/**
 * Runs the scripts with the real ip and iptables in a separate network namespace, to verify the assumptions of the stubs,
 * such as exit code 1 for a missing rule. Requires no root if users may create namespaces.
 */
import assert from 'node:assert/strict';
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { findCommand, Sandbox, scriptText } from './sandbox.ts';

for (const backend of ['nft', 'legacy']) {
  test(`adds each rule once with iptables-${backend}`, (context) => {
    using sandbox = new Sandbox();
    const tools = `for family in ip ip6; do \${family}tables-${backend} -w 10`;
    const probe = inNamespace(sandbox, `set -e; ${tools} -t nat -A POSTROUTING -j MASQUERADE; done`);
    if (probe.status !== 0) {
      context.skip(`KERNEL TEST SKIPPED: iptables-${backend} does not work in a namespace: ${problem(probe)}`);
      return;
    }
    const run = inNamespace(
      sandbox,
      `iptables-${backend} -t mangle -N KUBE-IPTABLES-HINT
      for run in first second; do
        sh -c "$LOG_MTU_ISSUES"
        POD_CIDR=100.96.0.0/11 sh -c "$ADD_SNAT_RULE"
        POD_CIDR=fd00:10::/56 sh -c "$ADD_SNAT_RULE"
      done
      ${tools} -S OUTPUT; \${family}tables-${backend} -t nat -S POSTROUTING; done`,
    );
    assert.deepEqual(
      run.stdout.split('\n').filter((line) => line.startsWith('-A')),
      [
        '-A OUTPUT -p icmp -m icmp --icmp-type 3/4 -j LOG --log-prefix "PACKET-TOO-BIG "',
        '-A POSTROUTING -s 100.96.0.0/11 -d 10.1.1.1/32 ! -o cali+ -j MASQUERADE',
        '-A OUTPUT -p ipv6-icmp -m icmp6 --icmpv6-type 2 -j LOG --log-prefix "PACKET-TOO-BIG "',
        '-A POSTROUTING -s fd00:10::/56 -d fd00::53/128 ! -o cali+ -j MASQUERADE',
      ],
      run.stderr,
    );
  });
}

test('removes the routes of BIRD only', (context) => {
  using sandbox = new Sandbox();
  const routes = `set -e
    ip link set lo up
    ip -4 route add blackhole 100.96.1.0/24 proto bird
    ip -4 route add blackhole 100.96.2.0/24 proto bird
    ip -4 route add blackhole 100.96.3.0/24 proto static
    ip -6 route add blackhole fd00:10::/64 proto bird`;
  const probe = inNamespace(sandbox, routes);
  if (probe.status !== 0) {
    context.skip(`KERNEL TEST SKIPPED: ip does not work in a namespace: ${problem(probe)}`);
    return;
  }
  const list = 'ip -4 route show type blackhole; ip -6 route show type blackhole';
  const run = inNamespace(sandbox, `${routes}; sh -c "$CLEANUP_ROUTES"; sh -c "$CLEANUP_ROUTES"; ${list}`);
  assert.equal(run.status, 0, run.stderr);
  assert.equal(run.stdout.trim(), 'blackhole 100.96.3.0/24 proto static');
});

/** Runs shell code as root of a new network namespace, in which a sleep of 60 s terminates the calling script. */
function inNamespace(sandbox: Sandbox, code: string): SpawnSyncReturns<string> {
  sandbox.stub('sleep', '[ "$1" != 60 ] || kill -s TERM "$PPID"');
  const resolvConf = sandbox.write('resolv.conf', 'nameserver 10.1.1.1\nnameserver fd00::53\n');
  const env = {
    PATH: `${sandbox.bin}:/usr/sbin:/usr/bin:/sbin:/bin`,
    XTABLES_LOCKFILE: sandbox.write('xtables.lock', ''),
    CLEANUP_ROUTES: scriptText({ script: 'cleanup-routes.sh' }),
    LOG_MTU_ISSUES: scriptText({ script: 'log-mtu-issues.sh' }),
    ADD_SNAT_RULE: scriptText({
      script: 'add-snat-rule-to-upstream-dns.sh',
      paths: { '/etc/resolv.conf': resolvConf },
    }),
  };
  return spawnSync(findCommand('unshare') ?? 'unshare', ['-rn', 'sh', '-c', code], {
    env,
    encoding: 'utf8',
    timeout: 30_000,
  });
}

function problem(run: SpawnSyncReturns<string>): string {
  return run.error?.message ?? run.stderr.trim();
}
