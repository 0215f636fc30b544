import type { KubeObject } from '../../../../pkg/gardener/objects.ts';
import { ip } from '../../arena/command.ts';
import { ipipLines } from '../../calico/expected-lines.ts';
import type { Stage } from '../../stage.ts';
import { renderChanged, takeOverObjects } from '../changed-objects.ts';
import { takeOverAndBack } from '../changes.ts';
import { type DataPathClass, type ShootInput, shoot } from '../class.ts';
import { addressOf, type Pods, podsReachServices } from '../flows.ts';
import { changeUnderTraffic, preparePods } from '../traffic.ts';

const overlayVxlan = shoot({ cni: 'calico', providerConfig: { overlay: { enabled: true }, vxlan: { enabled: true } } });

/** As with every update of Calico. */
export const calicoRollout: DataPathClass = {
  name: 'calico-change-rollout',
  about: 'Calico: VXLAN overlay, calico-node and Typha restart on all nodes at once',
  families: ['ipv4'],
  documents: overlayVxlan,
  kernelOptions: ['CONFIG_VXLAN'],
  async run(stage) {
    const pods = await preparePods(stage);
    const work = () => stage.cni.update(stage.rendered);
    await changeUnderTraffic(stage, { title: 'change', pods, promised: 'survives', work });
  },
};

const withoutOverlay: ShootInput = {
  cni: 'calico',
  providerConfig: { overlay: { enabled: false }, vxlan: { enabled: true } },
};

/** Without the overlay nobody routes blocks, so that pods of different nodes are cut off until it is on again. */
export const calicoOverlayOffAndOn: DataPathClass = {
  name: 'calico-change-overlay',
  about: 'Calico: VXLAN overlay switched off, which keeps blocks that nothing routes, and on again',
  families: ['ipv4'],
  documents: overlayVxlan,
  kernelOptions: ['CONFIG_VXLAN'],
  async run(stage) {
    const pods = await preparePods(stage);
    await compareRoutes(stage, { pods, expected: 'vxlan.calico' });
    const offAndOn = async (): Promise<void> => {
      await stage.cni.update(renderChanged(withoutOverlay));
      await stage.reaches('overlay off: pod to pod on the same node', { from: pods.a, to: pods.a2 }, { by: 'a2' });
      await stage.dead('overlay off: pod to pod on another node', { from: pods.a, to: pods.b });
      await stage.cni.update(stage.rendered);
    };
    await changeUnderTraffic(stage, { title: 'overlay off and on', pods, promised: 'returns', work: offAndOn });
    await compareRoutes(stage, { pods, expected: 'vxlan.calico' });
    await podsReachServices(stage, pods, ['ipv4']);
    await startsPod(stage, pods);
  },
};

const betweenSubnets: ShootInput = {
  cni: 'calico',
  providerConfig: { backend: 'vxlan', vxlan: { enabled: true }, ipv4: { mode: 'CrossSubnet' } },
};

/** Both keep blocks and routes of Felix. Nodes in one subnet send plainly in mode CrossSubnet. */
export const calicoEncapsulation: DataPathClass = {
  name: 'calico-change-encapsulation',
  about: 'Calico: VXLAN overlay, changed to VXLAN between subnets only, and back',
  families: ['ipv4'],
  documents: overlayVxlan,
  kernelOptions: ['CONFIG_VXLAN'],
  expectedLines: [
    ...ipipLines,
    {
      pattern:
        /Failed to add route error=file exists|Failed to access interface but it appears to be up|Failed to sync routes to interface even after retries|Some interfaces still out-of sync|Failed to synchronize routing table, will retry/,
      reason: 'plain routes exist until Felix removes them, and then it adds those of VXLAN',
    },
  ],
  async run(stage) {
    const pods = await preparePods(stage);
    const promised = 'returns';
    await compareRoutes(stage, { pods, expected: 'vxlan.calico' });
    const off = () => stage.cni.update(renderChanged(betweenSubnets));
    await changeUnderTraffic(stage, { title: 'VXLAN off in a subnet', pods, promised, work: off });
    await compareRoutes(stage, { pods, expected: 'eth0' });
    await podsReachServices(stage, pods, ['ipv4']);
    const on = () => stage.cni.update(stage.rendered);
    await changeUnderTraffic(stage, { title: 'VXLAN on', pods, promised, work: on });
    await compareRoutes(stage, { pods, expected: 'vxlan.calico' });
    await podsReachServices(stage, pods, ['ipv4']);
    await startsPod(stage, pods);
  },
};

/** Records through which device the first node sends to a pod of the second. */
async function compareRoutes(
  stage: Stage,
  { pods, expected }: { readonly pods: Pods; readonly expected: string },
): Promise<void> {
  const route = await ip(`route get ${addressOf(pods.b, 'ipv4')}`, pods.a.node.name);
  const device = / dev (?<device>\S+)/.exec(route)?.groups?.['device'];
  stage.compare('device to pods of another node', expected, device ?? route);
}

/** Records that a new pod gets an address that no other has, and is reachable. */
async function startsPod(stage: Stage, pods: Pods): Promise<void> {
  const pod = await stage.pod('new', 1);
  const taken = [pods.a, pods.a2, pods.b].some(({ addresses }) => addresses.ipv4 === pod.addresses.ipv4);
  stage.compare('a new pod has an address of its own', 'true', String(!taken));
  await stage.reaches('pod to a new pod on another node', { from: pods.a, to: pod }, { by: 'new' });
}

export const calicoTakeover: DataPathClass = {
  name: 'calico-change-takeover',
  about: 'Calico: VXLAN overlay, objects of the Go extension replaced by those of this extension, and back',
  families: ['ipv4'],
  documents: overlayVxlan,
  earlier: goObjects,
  kernelOptions: ['CONFIG_VXLAN'],
  run: (stage) => takeOverAndBack(stage, goObjects),
};

async function goObjects(): Promise<readonly KubeObject[]> {
  return takeOverObjects({ cni: 'calico', name: '08-overlay-vxlan', documents: overlayVxlan });
}
