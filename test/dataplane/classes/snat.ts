import { addresses } from '../arena/topology.ts';
import { type DataPathClass, shoot } from './class.ts';
import { addressOf, podsReachPods, startPods } from './flows.ts';

const overlay = { enabled: false, createPodRoutes: true };

/** The rule of a container of the agent's pod masks what leaves pod range and node range. */
export const snatOutOfCluster: DataPathClass = {
  name: 'snat-out-of-cluster',
  about: 'overlay off, `createPodRoutes`, `snatOutOfCluster`',
  families: ['ipv4'],
  documents: shoot({ providerConfig: { overlay, snatOutOfCluster: { enabled: true } } }),
  async run(stage) {
    const pods = await startPods(stage);
    await podsReachPods(stage, pods, 'ipv4');
    const node = await stage.onNode(1);
    const source = addressOf(pods.a, 'ipv4');
    await stage.reaches('pod to another node', { from: pods.a, to: node }, { by: node.name, source });
    const own = addressOf(pods.a.node, 'ipv4');
    await stage.reaches('pod to outside', { from: pods.a, to: stage.outside }, { by: 'outside', source: own });
  },
};

/** The rule of a container of the agent's pod masks what goes to the nameservers of the node. */
export const snatToUpstreamDNS: DataPathClass = {
  name: 'snat-to-upstream-dns',
  about: 'overlay off, `createPodRoutes`, `snatToUpstreamDNS`',
  families: ['ipv4'],
  documents: shoot({ providerConfig: { overlay, snatToUpstreamDNS: { enabled: true } } }),
  nameserver: addresses.outside.ipv4,
  async run(stage) {
    const pods = await startPods(stage);
    await podsReachPods(stage, pods, 'ipv4');
    const dns = { from: pods.a, to: stage.outside, port: 53, protocol: 'udp' } as const;
    const source = addressOf(pods.a.node, 'ipv4');
    await stage.reaches("pod to the node's nameserver", dns, { by: 'outside', source });
  },
};

/**
 * With kube-proxy replaced and nothing masqueraded by agents, packets of pods bypass iptables on the node, and with it the rules of both
 * options (eBPF host routing, pkg/kpr/initializer in Cilium).
 */
export const snatBypassed: DataPathClass = {
  name: 'snat-without-masquerade',
  about: 'overlay and `enableIpv4Masquerade` off, kube-proxy replaced: the rules of both snat options are bypassed',
  families: ['ipv4'],
  documents: shoot({
    providerConfig: {
      overlay,
      enableIpv4Masquerade: false,
      snatOutOfCluster: { enabled: true },
      snatToUpstreamDNS: { enabled: true },
    },
  }),
  nameserver: addresses.outside.ipv4,
  async run(stage) {
    const pods = await startPods(stage);
    await podsReachPods(stage, pods, 'ipv4');
    const flow = { from: pods.a, to: stage.outside };
    await stage.dead('pod to outside, which has no route to pods', flow);
    await stage.dead("pod to the node's nameserver", { ...flow, port: 53, protocol: 'udp' });
  },
};
