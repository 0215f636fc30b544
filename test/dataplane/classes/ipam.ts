import { type DataPathClass, shoot } from './class.ts';
import { addressOf, podsReachOutside, podsReachPods, podsReachServices, startPods } from './flows.ts';

/** A running shoot keeps its IPAM mode; the operator assigns ranges to nodes. */
export const clusterPool: DataPathClass = {
  name: 'cluster-pool',
  about: 'VXLAN overlay, IPAM mode cluster-pool of a running shoot',
  families: ['ipv4'],
  documents: [
    ...shoot({}),
    {
      kind: 'Circumstances',
      shoot: {
        objects: [
          {
            apiVersion: 'v1',
            kind: 'ConfigMap',
            metadata: { name: 'cilium-config', namespace: 'kube-system' },
            data: { ipam: 'cluster-pool' },
          },
        ],
      },
    },
  ],
  kernelOptions: ['CONFIG_VXLAN'],
  expectedLines: [
    {
      pattern: /Waiting for k8s node information.*required IPv4 PodCIDR not available/,
      reason: 'the operator assigns the range of a new node after its agent has asked for it',
    },
  ],
  async run(stage) {
    const pods = await startPods(stage);
    const range = (address: string): string => address.replace(/\.\d+$/, '.0/24');
    const [one, other] = [range(addressOf(pods.a, 'ipv4')), range(addressOf(pods.b, 'ipv4'))];
    stage.compare('both nodes have ranges of their own', 'true', String(one !== other));
    await podsReachPods(stage, pods, 'ipv4');
    await podsReachServices(stage, pods, ['ipv4']);
    await podsReachOutside(stage, pods, 'ipv4');
  },
};
