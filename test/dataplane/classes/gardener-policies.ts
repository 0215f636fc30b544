import type { KubeObject } from '../../../pkg/gardener/objects.ts';
import { ports } from '../pods/host.ts';
import { type DataPathClass, shoot } from './class.ts';

const allowed = 'allowed';
const to = (what: string) => ({ [`networking.gardener.cloud/to-${what}`]: allowed });
const fromSeed = { 'networking.gardener.cloud/from-seed': allowed };
const dnsAddress = '100.104.0.10';
const everything = [{ ipBlock: { cidr: '0.0.0.0/0' } }, { ipBlock: { cidr: '::/0' } }];

/** The policies that Gardener creates in kube-system of every shoot, for system components with their labels. */
export const gardenerPolicies: DataPathClass = {
  name: 'gardener-policies',
  about: "Gardener's NetworkPolicies in kube-system",
  families: ['ipv4'],
  documents: shoot({}),
  kernelOptions: ['CONFIG_VXLAN'],
  async run(stage) {
    const system = (name: string, node: number, labels: Readonly<Record<string, string>> = {}) =>
      stage.pod(name, node, { namespace: 'kube-system', labels });
    const plain = await system('plain', 0);
    const labelled = await system('labelled', 0, { ...to('dns'), ...to('apiserver') });
    const open = await system('open', 0, to('public-networks'));
    const scraper = await system('scraper', 0, to('kubelet'));
    const coredns = await system('coredns', 1, { 'k8s-app': 'kube-dns' });
    const metrics = await system('metrics-server', 1, fromSeed);
    const vpn = await system('vpn', 0, { app: 'vpn-shoot' });
    const node = await stage.onNode(1);
    const dns = { name: 'kube-dns', namespace: 'kube-system', addresses: [dnsAddress], port: 53, pods: [coredns] };
    await stage.service({ ...dns, targetPort: ports.coredns });
    const dnsFlow = { to: dnsAddress, port: 53, protocol: 'udp' } as const;
    await stage.reaches('pods that no policy selects', { from: plain, to: open }, { by: 'open' });
    // The policy that this extension renders selects CoreDNS, so that everything that it does not allow is denied.
    await stage.dead('only with our policy for remote nodes: pod to DNS', { from: plain, ...dnsFlow });

    await stage.cluster.api.apply(systemPolicies());
    const { outside } = stage;
    await stage.dead('pod without labels to DNS', { from: plain, ...dnsFlow });
    await stage.dead('pod without labels to outside', { from: plain, to: outside });
    await stage.reaches('`to-dns`: pod to DNS', { from: labelled, ...dnsFlow }, { by: 'coredns' });
    const nameserver = { from: labelled, to: outside, port: 53, protocol: 'udp' } as const;
    await stage.reaches('`to-dns`: pod to a nameserver outside', nameserver, { by: 'outside' });
    await stage.reaches('`to-apiserver`: pod to port 443 outside', { from: labelled, to: outside, port: 443 });
    await stage.dead('`to-apiserver`: pod to another port outside', { from: labelled, to: outside });
    await stage.reaches('`to-kubelet`: pod to port 10250 of another node', { from: scraper, to: node, port: 10_250 });
    await stage.dead('`to-kubelet`: pod to another port of another node', { from: scraper, to: node });
    await stage.reaches('`to-public-networks`: pod to outside', { from: open, to: outside }, { by: 'outside' });
    await stage.dead('`to-public-networks`: pod to another node', { from: open, to: node });
    await stage.dead('`to-public-networks`: pod to a pod', { from: open, to: metrics });
    await stage.reaches('`from-seed`: VPN to pod', { from: vpn, to: metrics }, { by: 'metrics-server' });
    await stage.dead('`from-seed`: other pod to pod', { from: scraper, to: metrics });
  },
};

/** As Gardener 1.148 creates them (pkg/component/shoot/system, networking/coredns and networking/vpn/shoot there). */
export function systemPolicies(): readonly KubeObject[] {
  const tcp = (port: number) => [{ port, protocol: 'TCP' }];
  const both = (port: number) => ['UDP', 'TCP'].map((protocol) => ({ port, protocol }));
  const vpn = { matchLabels: { app: 'vpn-shoot' } };
  return [
    policy('deny-all', {}, { ingress: [], egress: [] }),
    policy('allow-to-apiserver', to('apiserver'), { egress: [{ ports: tcp(443) }] }),
    policy('allow-to-dns', to('dns'), {
      egress: [
        { to: [{ podSelector: dnsPods('kube-dns') }], ports: both(8_053) },
        { to: [...everything, { podSelector: dnsPods('node-local-dns') }], ports: both(53) },
      ],
    }),
    policy('allow-to-kubelet', to('kubelet'), { egress: [{ ports: tcp(10_250) }] }),
    policy('allow-to-public-networks', to('public-networks'), { egress: [{ to: everything }] }),
    policy('allow-from-seed', fromSeed, { ingress: [{ from: [{ podSelector: vpn }] }] }),
    policy('allow-vpn', { app: 'vpn-shoot' }, { ingress: [{}], egress: [{}] }),
    policy(
      'allow-dns',
      { 'k8s-app': 'kube-dns' },
      {
        ingress: [{ from: [{ namespaceSelector: {}, podSelector: {} }], ports: [...tcp(9_153), ...both(8_053)] }],
        egress: [{ ports: [...tcp(443), ...both(53)] }],
      },
    ),
  ];
}

function dnsPods(name: string) {
  return { matchExpressions: [{ key: 'k8s-app', operator: 'In', values: [name] }] };
}

function policy(
  name: string,
  selected: Readonly<Record<string, string>>,
  rules: { readonly ingress?: readonly unknown[]; readonly egress?: readonly unknown[] },
): KubeObject {
  const policyTypes = [...(rules.ingress ? ['Ingress'] : []), ...(rules.egress ? ['Egress'] : [])];
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: `gardener.cloud--${name}`, namespace: 'kube-system' },
    spec: { podSelector: { matchLabels: selected }, policyTypes, ...rules },
  };
}
