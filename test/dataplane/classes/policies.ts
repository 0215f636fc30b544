import type { KubeObject } from '../../../pkg/gardener/objects.ts';
import type { Flow, Stage } from '../stage.ts';
import { type DataPathClass, shoot } from './class.ts';
import { addressOf } from './flows.ts';

const dnsAddress = '100.104.0.10';

/** What Kubernetes' NetworkPolicies select with Cilium. */
export const policies: DataPathClass = {
  name: 'policies',
  about: 'NetworkPolicies: default deny, DNS, pods, `ipBlock` of pods, nodes and the outside',
  families: ['ipv4'],
  documents: shoot({}),
  kernelOptions: ['CONFIG_VXLAN'],
  // The widest range means everything outside of the cluster; smaller ones also select nodes. None selects pods.
  run: (stage) => measurePolicies(stage, { widestSelectsNodes: false, selectsPods: false }),
};

/** Calico compares addresses, whatever they belong to. */
export const calicoPolicies: DataPathClass = {
  name: 'calico-policies',
  about: 'Calico: NetworkPolicies: default deny, DNS, pods, `ipBlock` of pods, nodes and the outside',
  families: ['ipv4'],
  documents: shoot({ cni: 'calico', providerConfig: { overlay: { enabled: true }, vxlan: { enabled: true } } }),
  kernelOptions: ['CONFIG_VXLAN'],
  run: (stage) => measurePolicies(stage, { widestSelectsNodes: true, selectsPods: true }),
};

/** What an `ipBlock` selects. */
interface Blocks {
  readonly widestSelectsNodes: boolean;
  readonly selectsPods: boolean;
}

async function measurePolicies(stage: Stage, blocks: Blocks): Promise<void> {
  const { api, nodes } = stage.cluster;
  const client = await stage.pod('client', 0, { labels: { app: 'client' } });
  const server = await stage.pod('server', 1, { labels: { app: 'server' } });
  const stranger = await stage.pod('stranger', 1, { labels: { app: 'stranger' } });
  const dns = await stage.pod('dns', 1, { labels: { 'k8s-app': 'kube-dns' } });
  await stage.service({ name: 'dns', addresses: [dnsAddress], port: 53, pods: [dns] });
  const dnsFlow = { from: client, to: dnsAddress, port: 53, protocol: 'udp' } as const;
  const toServer = { from: client, to: server };
  const toOutside = { from: client, to: stage.outside };
  await stage.reaches('no policy: client to server', toServer, { by: 'server' });
  await stage.reaches('no policy: client to DNS', dnsFlow, { by: 'dns' });

  await api.apply([policy('default-deny', {}, { policyTypes: ['Ingress', 'Egress'] })]);
  await stage.dead('default deny: client to server', toServer);
  await stage.dead('default deny: client to DNS', dnsFlow);
  await stage.dead('default deny: client to outside', toOutside);

  await api.apply([
    policy('allow-dns', {}, { policyTypes: ['Egress'], egress: [{ to: [pods({ 'k8s-app': 'kube-dns' })] }] }),
    policy('dns', { 'k8s-app': 'kube-dns' }, { policyTypes: ['Ingress'], ingress: [{}] }),
  ]);
  await stage.reaches('egress to pods of DNS: client to DNS', dnsFlow, { by: 'dns' });
  await stage.dead('egress to pods of DNS: client to server', toServer);

  await api.apply([
    policy('client', { app: 'client' }, { policyTypes: ['Egress'], egress: [{ to: [pods({ app: 'server' })] }] }),
    policy('server', { app: 'server' }, { policyTypes: ['Ingress'], ingress: [{ from: [pods({ app: 'client' })] }] }),
  ]);
  await stage.reaches('egress and ingress by pods: client to server', toServer, { by: 'server' });
  await stage.dead('ingress by pods: stranger to server', { from: stranger, to: server });
  await stage.dead('egress by pods: client to stranger', { from: client, to: stranger });

  const allow = async (cidr: string): Promise<unknown> =>
    api.apply([
      policy('client', { app: 'client' }, { policyTypes: ['Egress'], egress: [{ to: [{ ipBlock: { cidr } }] }] }),
    ]);
  const [, second] = nodes;
  if (second === undefined) throw new Error('the class needs two nodes');
  const node = await stage.onNode(1);
  const toNode = { from: client, to: node };
  const byNode = { by: node.name };
  await allow('0.0.0.0/0');
  await stage.reaches('egress to ipBlock 0.0.0.0/0: client to outside', toOutside, { by: 'outside' });
  const toPod = 'egress to ipBlock 0.0.0.0/0: client to server, which is a pod';
  await either(stage, { title: toPod, flow: toServer, by: blocks.selectsPods ? 'server' : undefined });
  const toOther = 'egress to ipBlock 0.0.0.0/0: client to another node';
  await either(stage, { title: toOther, flow: toNode, by: blocks.widestSelectsNodes ? node.name : undefined });
  await allow('10.250.0.0/16');
  await stage.reaches("egress to ipBlock of the nodes' range: client to another node", toNode, byNode);
  await allow(`${addressOf(second, 'ipv4')}/32`);
  await stage.reaches('egress to ipBlock of a node: client to this node', toNode, byNode);
  await stage.dead('egress to ipBlock of a node: client to outside', toOutside);
  await allow('100.64.0.0/12');
  const toRange = 'egress to ipBlock of the pod range: client to server';
  await either(stage, { title: toRange, flow: toServer, by: blocks.selectsPods ? 'server' : undefined });
}

/** Records that a flow is answered by a host, or is dead without one. */
async function either(
  stage: Stage,
  { title, flow, by }: { readonly title: string; readonly flow: Flow; readonly by: string | undefined },
): Promise<void> {
  await (by === undefined ? stage.dead(title, flow) : stage.reaches(title, flow, { by }));
}

type Labels = Readonly<Record<string, string>>;

function policy(name: string, selected: Labels, spec: Readonly<Record<string, unknown>>): KubeObject {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace: 'default' },
    spec: { podSelector: { matchLabels: selected }, ...spec },
  };
}

function pods(matchLabels: Labels): Readonly<Record<string, unknown>> {
  return { podSelector: { matchLabels } };
}
