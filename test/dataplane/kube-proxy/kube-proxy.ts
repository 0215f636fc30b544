/** kube-proxy on nodes, as Gardener runs it in mode iptables. */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Node, onNode, workFolder } from '../arena/node.ts';
import { addresses } from '../arena/topology.ts';
import type { TestCluster } from '../cluster.ts';

export interface KubeProxy {
  /** Ends all; what they have configured remains, as when Gardener removes kube-proxy. */
  stop(): Promise<void>;
}

export interface KubeProxyInput {
  readonly cluster: TestCluster;
  /** Path of the program. */
  readonly program: string;
  /** Ranges of pods, one per family. */
  readonly podRanges: readonly string[];
}

/** Starts kube-proxy on all nodes; returns when all have synchronized their rules. Throws with the log of one that ends. */
export async function startKubeProxy({ cluster, program, podRanges }: KubeProxyInput): Promise<KubeProxy> {
  await cluster.api.apply(access());
  const token = await cluster.api.requestToken({ ...account, expirationSeconds: 86_400 });
  const started = cluster.nodes.map((node) => start({ node, program, token, podRanges }));
  await Promise.all(started.map((one) => one.ready()));
  return { stop: async () => void (await Promise.all(started.map((one) => one.stop()))) };
}

const account = { namespace: 'kube-system', account: 'kube-proxy' } as const;

function access() {
  const { namespace, account: name } = account;
  const subjects = [{ kind: 'ServiceAccount', name, namespace }];
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:node-proxier' };
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'gardener.cloud:target:node-proxier' },
      subjects,
      roleRef,
    },
  ];
}

interface Start {
  readonly node: Node;
  readonly program: string;
  readonly token: string;
  readonly podRanges: readonly string[];
}

function start({ node, program, token, podRanges }: Start): { ready(): Promise<void>; stop(): Promise<void> } {
  const folder = path.join(node.root, 'var/lib/kube-proxy');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'kubeconfig'), JSON.stringify(kubeconfig(node, token)));
  writeFileSync(path.join(folder, 'config.yaml'), JSON.stringify(configuration(node, podRanges)));
  const log = path.join(workFolder, 'containers', `${node.name}-kube-proxy.log`);
  const output = openSync(log, 'a');
  // The program is outside of the node's root, so that it is opened before chroot.
  const script =
    'root=$1 program=$2; cp "$program" "$root/var/lib/kube-proxy/kube-proxy"; exec chroot "$root" /var/lib/kube-proxy/kube-proxy --config=/var/lib/kube-proxy/config.yaml';
  const child = spawn('nsenter', [...onNode(node, node.name, ['sh', '-ec', script, 'sh', node.root, program])], {
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  const ended = new Promise<void>((resolve) => void child.once('exit', () => resolve()));
  const lines = (): string => readFileSync(log, 'utf8');
  return {
    ready: async () => {
      const deadline = Date.now() + 60_000;
      while (!/SyncProxyRules complete|Reloading service iptables data|syncProxyRules complete/i.test(lines())) {
        if (child.exitCode !== null || Date.now() > deadline)
          throw new Error(`kube-proxy on ${node.name} is not ready:\n${lines().split('\n').slice(-20).join('\n')}`);
        await sleep(200);
      }
    },
    stop: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function kubeconfig({ addresses: own }: Node, token: string) {
  const host = own.ipv4 === undefined ? `[${addresses.router.ipv6}]` : addresses.router.ipv4;
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'default',
    clusters: [{ name: 'default', cluster: { server: `https://${host}`, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'default', user: { token } }],
    contexts: [{ name: 'default', context: { cluster: 'default', user: 'default' } }],
  };
}

/** Conntrack limits belong to the whole machine, so that they are not changed. */
function configuration(node: Node, podRanges: readonly string[]) {
  return {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'iptables',
    hostnameOverride: node.name,
    clusterCIDR: podRanges.join(','),
    clientConnection: { kubeconfig: '/var/lib/kube-proxy/kubeconfig' },
    conntrack: { maxPerCore: 0, min: 0, tcpCloseWaitTimeout: '0s', tcpEstablishedTimeout: '0s' },
    logging: { verbosity: 2 },
  };
}
