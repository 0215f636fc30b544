import { type DataPathClass, shoot } from './class.ts';
import { podsReachOutside, podsReachPods, podsReachServices, startPods } from './flows.ts';

export const geneve: DataPathClass = {
  name: 'overlay-geneve',
  about: 'Geneve overlay',
  families: ['ipv4'],
  documents: shoot({ providerConfig: { tunnel: 'geneve' } }),
  kernelOptions: ['CONFIG_GENEVE'],
  async run(stage) {
    const pods = await startPods(stage);
    await podsReachPods(stage, pods, 'ipv4');
    await podsReachServices(stage, pods, ['ipv4']);
    await podsReachOutside(stage, pods, 'ipv4');
  },
};

export const wireguard: DataPathClass = {
  name: 'wireguard',
  about: 'VXLAN overlay, encryption by WireGuard',
  families: ['ipv4'],
  documents: shoot({ providerConfig: { encryption: { enabled: true, mode: 'wireguard' } } }),
  kernelOptions: ['CONFIG_VXLAN', 'CONFIG_WIREGUARD'],
  async run(stage) {
    const pods = await startPods(stage);
    await podsReachPods(stage, pods, 'ipv4');
    await podsReachServices(stage, pods, ['ipv4']);
    await podsReachOutside(stage, pods, 'ipv4');
  },
};
