import type { KubeObject } from '../../../pkg/gardener/objects.ts';
import { expectedOptionLines } from '../cilium/expected-lines.ts';
import type { Stage } from '../stage.ts';
import { renderChanged, takeOverObjects } from './changed-objects.ts';
import { type DataPathClass, type ShootInput, shoot } from './class.ts';
import { podsReachServices } from './flows.ts';
import { type Change, changeUnderTraffic, preparePods } from './traffic.ts';

/** Agents restart with a configuration that leaves the data path as it is, as with every update of Cilium. */
export const changeNothing: DataPathClass = {
  name: 'change-rollout',
  about: 'VXLAN overlay, all agents restart at once',
  families: ['ipv4'],
  documents: shoot({}),
  kernelOptions: ['CONFIG_VXLAN'],
  expectedLines: expectedOptionLines,
  run: (stage) => changeOnce(stage, { providerConfig: { bgpControlPlane: { enabled: true } } }, 'survives'),
};

export const overlayToNative: DataPathClass = {
  name: 'change-overlay-off',
  about: 'VXLAN overlay switched off, with routes of the infrastructure',
  families: ['ipv4'],
  documents: shoot({}),
  kernelOptions: ['CONFIG_VXLAN'],
  run: (stage) => changeOnce(stage, { providerConfig: { overlay: { enabled: false } } }, 'returns'),
};

export const nativeToOverlay: DataPathClass = {
  name: 'change-overlay-on',
  about: 'VXLAN overlay switched on, with routes of the infrastructure',
  families: ['ipv4'],
  documents: shoot({ providerConfig: { overlay: { enabled: false } } }),
  kernelOptions: ['CONFIG_VXLAN'],
  run: (stage) => changeOnce(stage, { providerConfig: { overlay: { enabled: true } } }, 'returns'),
};

/** Cilium takes Services over first, then kube-proxy ends; on the way back it starts first. */
export const kubeProxySwitched: DataPathClass = {
  name: 'change-kube-proxy',
  about: 'VXLAN overlay, kube-proxy switched off and on',
  families: ['ipv4'],
  documents: shoot({ kubeProxy: true }),
  kernelOptions: ['CONFIG_VXLAN'],
  startsKubeProxy: true,
  async run(stage) {
    const pods = await preparePods(stage);
    const promised = 'returns';
    const off = async (): Promise<void> => {
      await stage.cni.update(renderChanged({ kubeProxy: false }));
      await stage.kubeProxy?.stop();
    };
    await changeUnderTraffic(stage, { title: 'kube-proxy off', pods, promised, work: off });
    await podsReachServices(stage, pods, ['ipv4']);
    const on = async (): Promise<void> => {
      await stage.startKubeProxy();
      await stage.cni.update(renderChanged({ kubeProxy: true }));
    };
    await changeUnderTraffic(stage, { title: 'kube-proxy on', pods, promised, work: on });
    await podsReachServices(stage, pods, ['ipv4']);
  },
};

const documents = shoot({});

/** The objects of the Go extension run first; then this extension takes the shoot over, and the Go extension again. */
export const takeover: DataPathClass = {
  name: 'change-takeover',
  about: 'VXLAN overlay, objects of the Go extension replaced by those of this extension, and back',
  families: ['ipv4'],
  documents,
  earlier: goObjects,
  kernelOptions: ['CONFIG_VXLAN'],
  run: (stage) => takeOverAndBack(stage, goObjects),
};

async function goObjects(): Promise<readonly KubeObject[]> {
  return takeOverObjects({ cni: 'cilium', name: '12-kubeproxy-off', documents });
}

/** Replaces objects of the Go extension by those of this one under traffic, and back. Connections must survive both. */
export async function takeOverAndBack(stage: Stage, earlier: () => Promise<readonly KubeObject[]>): Promise<void> {
  const pods = await preparePods(stage);
  const promised = 'survives';
  const forth = () => stage.cni.update(stage.rendered);
  await changeUnderTraffic(stage, { title: 'take-over', pods, promised, work: forth });
  const back = async () => stage.cni.update(await earlier());
  await changeUnderTraffic(stage, { title: 'way back', pods, promised, work: back });
}

async function changeOnce(stage: Stage, to: ShootInput, promised: Change['promised']): Promise<void> {
  const objects = renderChanged(to);
  const pods = await preparePods(stage);
  await changeUnderTraffic(stage, { title: 'change', pods, promised, work: () => stage.cni.update(objects) });
}
