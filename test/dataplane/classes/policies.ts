import type { KubeObject } from '../../../pkg/gardener/objects.ts';
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
  async run(stage) {
    const { api, nodes } = stage.cluster;
    const client = await stage.pod('client', 0, { labels: { app: 'client' } });
    const server = await stage.pod('server', 1, { labels: { app: 'server' } });
    const stranger = await stage.pod('stranger', 1, { labels: { app: 'stranger' } });
    const dns = await stage.pod('dns', 1, { labels: { 'k8s-app': 'kube-dns' } });
    await stage.service({ name: 'dns', addresses: [dnsAddress], port: 53, pods: [dns] });
    const dnsFlow = { from: client, to: dnsAddress, port: 53, protocol: 'udp' } as const;
    await stage.reaches('no policy: client to server', { from: client, to: server }, { by: 'server' });
    await stage.reaches('no policy: client to DNS', dnsFlow, { by: 'dns' });

    await api.apply([policy('default-deny', {}, { policyTypes: ['Ingress', 'Egress'] })]);
    await stage.dead('default deny: client to server', { from: client, to: server });
    await stage.dead('default deny: client to DNS', dnsFlow);
    await stage.dead('default deny: client to outside', { from: client, to: stage.outside });

    await api.apply([
      policy('allow-dns', {}, { policyTypes: ['Egress'], egress: [{ to: [pods({ 'k8s-app': 'kube-dns' })] }] }),
      policy('dns', { 'k8s-app': 'kube-dns' }, { policyTypes: ['Ingress'], ingress: [{}] }),
    ]);
    await stage.reaches('egress to pods of DNS: client to DNS', dnsFlow, { by: 'dns' });
    await stage.dead('egress to pods of DNS: client to server', { from: client, to: server });

    await api.apply([
      policy('client', { app: 'client' }, { policyTypes: ['Egress'], egress: [{ to: [pods({ app: 'server' })] }] }),
      policy('server', { app: 'server' }, { policyTypes: ['Ingress'], ingress: [{ from: [pods({ app: 'client' })] }] }),
    ]);
    await stage.reaches('egress and ingress by pods: client to server', { from: client, to: server }, { by: 'server' });
    await stage.dead('ingress by pods: stranger to server', { from: stranger, to: server });
    await stage.dead('egress by pods: client to stranger', { from: client, to: stranger });

    const block = (cidr: string): KubeObject =>
      policy('client', { app: 'client' }, { policyTypes: ['Egress'], egress: [{ to: [{ ipBlock: { cidr } }] }] });
    await api.apply([block('0.0.0.0/0')]);
    await stage.reaches(
      'egress to ipBlock 0.0.0.0/0: client to outside',
      { from: client, to: stage.outside },
      { by: 'outside' },
    );
    await stage.dead('egress to ipBlock 0.0.0.0/0: client to server, which is a pod', { from: client, to: server });
    const [, second] = nodes;
    if (second === undefined) throw new Error('the class needs two nodes');
    const node = await stage.onNode(1);
    // The widest range means everything outside of the cluster; smaller ones also select nodes.
    await stage.dead('egress to ipBlock 0.0.0.0/0: client to another node', { from: client, to: node });
    await api.apply([block('10.250.0.0/16')]);
    await stage.reaches(
      "egress to ipBlock of the nodes' range: client to another node",
      { from: client, to: node },
      { by: node.name },
    );
    await api.apply([block(`${addressOf(second, 'ipv4')}/32`)]);
    await stage.reaches(
      'egress to ipBlock of a node: client to this node',
      { from: client, to: node },
      { by: node.name },
    );
    await stage.dead('egress to ipBlock of a node: client to outside', { from: client, to: stage.outside });
    await api.apply([block('100.64.0.0/12')]);
    await stage.dead('egress to ipBlock of the pod range: client to server', { from: client, to: server });
  },
};

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
