import { type DataPathClass, shoot } from './class.ts';
import {
  compareModel,
  podsReachAllInDualStack,
  podsReachOutside,
  podsReachOutsideUnmasked,
  podsReachPods,
  podsReachServices,
  startPods,
} from './flows.ts';

/** The default of a shoot: packets between nodes travel in a VXLAN tunnel. */
export const overlay: DataPathClass = {
  name: 'overlay',
  about: 'VXLAN overlay, kube-proxy replaced, masquerading in eBPF (the default)',
  families: ['ipv4'],
  documents: shoot({}),
  kernelOptions: ['CONFIG_VXLAN'],
  async run(stage) {
    const pods = await startPods(stage);
    compareModel(stage, { family: 'ipv4', field: 'reach', expected: 'any network' });
    await podsReachPods(stage, pods, 'ipv4');
    await podsReachServices(stage, pods, ['ipv4']);
    await podsReachOutside(stage, pods, 'ipv4');
  },
};

export const overlayDualStack: DataPathClass = {
  name: 'overlay-dual-stack',
  about: 'VXLAN overlay with both families',
  families: ['ipv4', 'ipv6'],
  documents: shoot({ families: ['ipv4', 'ipv6'] }),
  kernelOptions: ['CONFIG_VXLAN'],
  run: podsReachAllInDualStack,
};

export const overlayIPv6: DataPathClass = {
  name: 'overlay-ipv6',
  about: 'VXLAN overlay with IPv6 only',
  families: ['ipv6'],
  documents: shoot({ families: ['ipv6'] }),
  kernelOptions: ['CONFIG_VXLAN'],
  async run(stage) {
    const pods = await startPods(stage);
    compareModel(stage, { family: 'ipv6', field: 'reach', expected: 'any network' });
    await podsReachPods(stage, pods, 'ipv6');
    await podsReachServices(stage, pods, ['ipv6']);
    await podsReachOutsideUnmasked(stage, pods, 'ipv6');
  },
};
