import { addresses } from '../arena/topology.ts';
import { type DataPathClass, shoot } from './class.ts';
import { addressOf, podsReachPods, startPods } from './flows.ts';

const unmasked = { overlay: { enabled: false, createPodRoutes: true }, enableIpv4Masquerade: false };

/** The rule of a container of the agent's pod masks what leaves pod range and node range. */
export const snatOutOfCluster: DataPathClass = {
  name: 'snat-out-of-cluster',
  about: 'overlay and masquerading off, `createPodRoutes`, `snatOutOfCluster`',
  families: ['ipv4'],
  documents: shoot({ providerConfig: { ...unmasked, snatOutOfCluster: { enabled: true } } }),
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

/** The rule of a container of the agent's pod masks what goes to the nameservers of the node, nothing else. */
export const snatToUpstreamDNS: DataPathClass = {
  name: 'snat-to-upstream-dns',
  about: 'overlay and masquerading off, `createPodRoutes`, `snatToUpstreamDNS`',
  families: ['ipv4'],
  documents: shoot({ providerConfig: { ...unmasked, snatToUpstreamDNS: { enabled: true } } }),
  nameserver: addresses.outside.ipv4,
  async run(stage) {
    const pods = await startPods(stage);
    await podsReachPods(stage, pods, 'ipv4');
    const dns = { from: pods.a, to: stage.outside, port: 53, protocol: 'udp' } as const;
    const source = addressOf(pods.a.node, 'ipv4');
    await stage.reaches("pod to the node's nameserver", dns, { by: 'outside', source });
    const other = { from: pods.a, to: addresses.outside2.ipv4 };
    await stage.dead('pod to another address outside, which has no route to pods', other);
  },
};
