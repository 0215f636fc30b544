import { type DataPathClass, shoot } from './class.ts';
import {
  addCloudRoutes,
  compareModel,
  podsReachAllInDualStack,
  podsReachOutside,
  podsReachOutsideUnmasked,
  podsReachPods,
  podsReachServices,
  startPods,
} from './flows.ts';

const overlayOff = { overlay: { enabled: false } };

/** Packets travel plainly; the infrastructure routes the range of each node. */
export const nativeCloudRoutes: DataPathClass = {
  name: 'native-cloud-routes',
  about: 'overlay off, routes by the infrastructure',
  families: ['ipv4'],
  documents: shoot({ providerConfig: overlayOff }),
  async run(stage) {
    const pods = await startPods(stage);
    const expected = 'networks that route the pod range of each node';
    compareModel(stage, { family: 'ipv4', field: 'reach', expected });
    await stage.dead('pod to pod on another node, before the infrastructure has routes', { from: pods.a, to: pods.b });
    await addCloudRoutes(stage, 'ipv4');
    await podsReachPods(stage, pods, 'ipv4');
    await podsReachServices(stage, pods, ['ipv4']);
    await podsReachOutside(stage, pods, 'ipv4');
  },
};

/** Packets travel plainly; agents make routes to the other nodes of the subnet. */
export const nativePodRoutes: DataPathClass = {
  name: 'native-pod-routes',
  about: 'overlay off, `createPodRoutes`, nodes in one subnet',
  families: ['ipv4'],
  documents: shoot({ providerConfig: { overlay: { enabled: false, createPodRoutes: true } } }),
  async run(stage) {
    const pods = await startPods(stage);
    await podsReachPods(stage, pods, 'ipv4');
    await podsReachServices(stage, pods, ['ipv4']);
    await podsReachOutside(stage, pods, 'ipv4');
  },
};

export const nativeDualStack: DataPathClass = {
  name: 'native-dual-stack',
  about: 'overlay off, `createPodRoutes`, both families',
  families: ['ipv4', 'ipv6'],
  documents: shoot({
    families: ['ipv4', 'ipv6'],
    providerConfig: { overlay: { enabled: false, createPodRoutes: true } },
  }),
  run: podsReachAllInDualStack,
};

export const nativeIPv6: DataPathClass = {
  name: 'native-ipv6',
  about: 'overlay off, `createPodRoutes`, IPv6 only',
  families: ['ipv6'],
  documents: shoot({ families: ['ipv6'], providerConfig: { overlay: { enabled: false, createPodRoutes: true } } }),
  async run(stage) {
    const pods = await startPods(stage);
    await podsReachPods(stage, pods, 'ipv6');
    await podsReachServices(stage, pods, ['ipv6']);
    await podsReachOutsideUnmasked(stage, pods, 'ipv6');
  },
};

export const masqueradeOff: DataPathClass = {
  name: 'masquerade-off',
  about: 'overlay and `enableIpv4Masquerade` off, `createPodRoutes`',
  families: ['ipv4'],
  documents: shoot({
    providerConfig: { overlay: { enabled: false, createPodRoutes: true }, enableIpv4Masquerade: false },
  }),
  async run(stage) {
    const pods = await startPods(stage);
    await podsReachPods(stage, pods, 'ipv4');
    await podsReachOutsideUnmasked(stage, pods, 'ipv4');
  },
};

/** The two ways to translate addresses differ in nothing that a pod sees. */
export const masqueradeIptables: DataPathClass = {
  name: 'masquerade-iptables',
  about: 'VXLAN overlay, masquerading in iptables',
  families: ['ipv4'],
  documents: shoot({ providerConfig: { enableBPFMasquerade: false } }),
  kernelOptions: ['CONFIG_VXLAN'],
  async run(stage) {
    const pods = await startPods(stage);
    await podsReachPods(stage, pods, 'ipv4');
    await podsReachServices(stage, pods, ['ipv4']);
    await podsReachOutside(stage, pods, 'ipv4');
  },
};

/** Agents make no routes through a router, so that only the infrastructure can connect nodes of different subnets. */
export const nativePodRoutesSubnets: DataPathClass = {
  name: 'native-pod-routes-subnets',
  about: 'overlay off, `createPodRoutes`, nodes in two subnets',
  families: ['ipv4'],
  documents: shoot({ providerConfig: { overlay: { enabled: false, createPodRoutes: true } } }),
  subnets: true,
  async run(stage) {
    const pods = await startPods(stage);
    await stage.reaches('pod to pod on the same node, first', { from: pods.a, to: pods.a2 }, { by: 'a2' });
    compareModel(stage, { family: 'ipv4', field: 'reach', expected: 'nodes in one subnet' });
    await stage.dead('pod to pod on a node of another subnet', { from: pods.a, to: pods.b });
    await addCloudRoutes(stage, 'ipv4');
    await podsReachPods(stage, pods, 'ipv4');
  },
};
