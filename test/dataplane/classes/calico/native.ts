import { addresses } from '../../arena/topology.ts';
import { missingBird } from '../../calico/images.ts';
import { type DataPathClass, shoot } from '../class.ts';
import {
  addCloudRoutes,
  addressOf,
  compareModel,
  deadBetweenNodes,
  podsReachOutside,
  podsReachOutsideUnmasked,
  podsReachPods,
  podsReachServices,
  startPods,
} from '../flows.ts';

const overlay = { enabled: false };
const routed = 'networks that route the pod range of each node';

export const calicoCloudRoutes: DataPathClass = {
  name: 'calico-cloud-routes',
  about: 'Calico: overlay off, routes by the infrastructure',
  families: ['ipv4'],
  documents: shoot({ cni: 'calico', providerConfig: { overlay } }),
  nameserver: addresses.outside.ipv4,
  async run(stage) {
    const pods = await startPods(stage);
    compareModel(stage, { family: 'ipv4', field: 'reach', expected: routed });
    await stage.dead('pod to pod on another node, before the infrastructure has routes', { from: pods.a, to: pods.b });
    await addCloudRoutes(stage, 'ipv4');
    await podsReachPods(stage, pods, 'ipv4');
    await podsReachServices(stage, pods, ['ipv4']);
    // The pool no-snat-for-node-cidr.
    const node = await stage.onNode(1);
    const source = addressOf(pods.a, 'ipv4');
    await stage.reaches('pod to another node', { from: pods.a, to: node }, { by: node.name, source });
    await podsReachOutside(stage, pods, 'ipv4');
  },
};

/** Only BIRD makes these routes. */
export const calicoPodRoutes: DataPathClass = {
  name: 'calico-pod-routes',
  about: 'Calico: overlay off, `createPodRoutes`, routes by BIRD',
  families: ['ipv4'],
  documents: shoot({ cni: 'calico', providerConfig: { overlay: { enabled: false, createPodRoutes: true } } }),
  missingPrograms: missingBird,
  async run(stage) {
    const pods = await startPods(stage);
    compareModel(stage, { family: 'ipv4', field: 'reach', expected: 'nodes in one subnet' });
    await podsReachPods(stage, pods, 'ipv4');
    await podsReachServices(stage, pods, ['ipv4']);
    await podsReachOutside(stage, pods, 'ipv4');
  },
};

export const calicoDualStack: DataPathClass = {
  name: 'calico-dual-stack',
  about: 'Calico: overlay off, routes by the infrastructure, both families',
  families: ['ipv4', 'ipv6'],
  documents: shoot({ cni: 'calico', families: ['ipv4', 'ipv6'], providerConfig: { overlay } }),
  async run(stage) {
    const pods = await startPods(stage);
    for (const family of ['ipv4', 'ipv6'] as const) {
      compareModel(stage, { family, field: 'reach', expected: routed });
      await addCloudRoutes(stage, family);
      await podsReachPods(stage, pods, family);
    }
    await podsReachServices(stage, pods, ['ipv4', 'ipv6']);
    await podsReachOutside(stage, pods, 'ipv4');
    await podsReachOutsideUnmasked(stage, pods, 'ipv6');
  },
};

/** The infrastructure routes ranges of nodes, and pods have addresses of blocks. */
export const calicoBlocks: DataPathClass = {
  name: 'calico-blocks',
  about: 'Calico: overlay off with `calico-ipam`: pods of different nodes do not reach each other',
  families: ['ipv4'],
  documents: shoot({ cni: 'calico', providerConfig: { overlay, ipam: { type: 'calico-ipam' } } }),
  async run(stage) {
    await deadBetweenNodes(stage, await startPods(stage), 'ipv4');
  },
};
