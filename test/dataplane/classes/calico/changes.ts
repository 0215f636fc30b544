import type { KubeObject } from '../../../../pkg/gardener/objects.ts';
import { ip } from '../../arena/command.ts';
import { ipipLines } from '../../calico/expected-lines.ts';
import type { Stage } from '../../stage.ts';
import { renderChanged, takeOverObjects } from '../changed-objects.ts';
import { takeOverAndBack } from '../changes.ts';
import { type DataPathClass, type ShootInput, shoot } from '../class.ts';
import { addressOf, podsReachServices } from '../flows.ts';
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

/** Encapsulation without the group `overlay`, which keeps host-local; an overlay with VXLAN would change the IPAM, which is refused. */
const encapsulated: ShootInput = {
  cni: 'calico',
  providerConfig: { backend: 'vxlan', ipv4: { pool: 'vxlan', mode: 'Always' } },
};
const plain: ShootInput = { cni: 'calico', providerConfig: { overlay: { enabled: false } } };

export const calicoEncapsulation: DataPathClass = {
  name: 'calico-change-encapsulation',
  about: 'Calico: VXLAN switched off and on with host-local addresses, with routes of the infrastructure',
  families: ['ipv4'],
  documents: shoot(encapsulated),
  kernelOptions: ['CONFIG_VXLAN'],
  expectedLines: ipipLines,
  async run(stage) {
    const pods = await preparePods(stage);
    const promised = 'returns';
    await compareRoutes(stage, 'vxlan.calico');
    const off = () => stage.cni.update(renderChanged(plain));
    await changeUnderTraffic(stage, { title: 'VXLAN off', pods, promised, work: off });
    await podsReachServices(stage, pods, ['ipv4']);
    await compareRoutes(stage, 'eth0');
    await keepsRanges(stage, 'c');
    const on = () => stage.cni.update(renderChanged(encapsulated));
    await changeUnderTraffic(stage, { title: 'VXLAN on', pods, promised, work: on });
    await podsReachServices(stage, pods, ['ipv4']);
    await compareRoutes(stage, 'vxlan.calico');
    await keepsRanges(stage, 'd');
  },
};

/** Records through which device the first node sends to pods of the second. */
async function compareRoutes(stage: Stage, expected: string): Promise<void> {
  const [first, second] = stage.cluster.nodes;
  if (first === undefined || second === undefined) throw new Error('the class needs two nodes');
  const address = (second.podRanges[0] ?? '').replace(/0\/\d+$/, '200');
  const route = await ip(`route get ${address}`, first.name);
  stage.compare(
    'device to pods of another node',
    expected,
    / dev (?<device>\S+)/.exec(route)?.groups?.['device'] ?? route,
  );
}

/** Records that a new pod gets an address from the same source as before. */
async function keepsRanges(stage: Stage, name: string): Promise<void> {
  const pod = await stage.pod(name, 0);
  const range = addressOf(pod, 'ipv4').replace(/\.\d+$/, '.0/24');
  stage.compare('a new pod has an address of the range of its node', pod.node.podRanges[0] ?? '', range);
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
