import { type DataPathClass, shoot } from './class.ts';
import { podsReachOutside, podsReachPods, startPods } from './flows.ts';

/** Interfaces are excluded, all others are used. */
export const excludedDevices: DataPathClass = {
  name: 'excluded-devices',
  about: 'VXLAN overlay, `devices` with exclusions only',
  families: ['ipv4'],
  documents: shoot({ providerConfig: { devices: ['!storage+'] } }),
  kernelOptions: ['CONFIG_VXLAN'],
  async run(stage) {
    const pods = await startPods(stage);
    await podsReachPods(stage, pods, 'ipv4');
    await podsReachOutside(stage, pods, 'ipv4');
  },
};
