import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeObject } from '../../../pkg/gardener/objects.ts';
import { readCase } from '../../parity/cases.ts';
import { earlierState } from '../../parity/earlier-state.ts';
import { renderCilium } from '../cilium/cilium.ts';
import { expectedOptionLines } from '../cilium/expected-lines.ts';
import { ports } from '../pods/host.ts';
import type { Pod } from '../pods/pod.ts';
import type { StreamResult } from '../pods/stream.ts';
import type { Stage } from '../stage.ts';
import { type DataPathClass, type ShootInput, shoot } from './class.ts';
import { addCloudRoutes, addressOf, type Pods, podsReachPods, podsReachServices, startPods } from './flows.ts';

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

const documents = shoot({});

/** The objects of the Go extension run first; then this extension takes the shoot over, and the Go extension again. */
export const takeover: DataPathClass = {
  name: 'change-takeover',
  about: 'VXLAN overlay, objects of the Go extension replaced by those of this extension, and back',
  families: ['ipv4'],
  documents,
  earlier: goObjects,
  kernelOptions: ['CONFIG_VXLAN'],
  async run(stage) {
    const pods = await prepare(stage);
    await change(stage, { pods, objects: stage.rendered, promised: 'survives', title: 'take-over' });
    await change(stage, { pods, objects: await goObjects(), promised: 'survives', title: 'way back' });
  },
};

/** Returns the objects that the Go extension had in the shoot, rebuilt from ours; a test compares such objects with recordings. */
async function goObjects(): Promise<readonly KubeObject[]> {
  const [network, cluster] = documents as readonly [KubeObject, KubeObject];
  const { objects } = await earlierState({ ...readCase('cilium', '12-kubeproxy-off'), network, cluster });
  return objects.filter(({ metadata }) => metadata.namespace !== network.metadata.namespace);
}

/** Whether connections must survive, or traffic must only return. */
type Promised = 'survives' | 'returns';

async function changeOnce(stage: Stage, to: ShootInput, promised: Promised): Promise<void> {
  const objects = renderCilium(shoot(to))?.objects;
  if (objects === undefined) throw new Error('nothing is rendered for the changed configuration');
  await change(stage, { pods: await prepare(stage), objects, promised, title: 'change' });
}

async function prepare(stage: Stage): Promise<Pods> {
  const pods = await startPods(stage);
  await addCloudRoutes(stage, 'ipv4');
  await podsReachServices(stage, pods, ['ipv4']);
  return pods;
}

interface Change {
  readonly pods: Pods;
  readonly objects: readonly KubeObject[];
  readonly promised: Promised;
  readonly title: string;
}

/** Changes the objects under traffic, records what was lost, and that everything works afterwards. */
async function change(stage: Stage, { pods, objects, promised, title }: Change): Promise<void> {
  const flows = [
    { name: 'pod to pod on the same node', from: pods.a, host: addressOf(pods.a2, 'ipv4'), port: ports.web },
    { name: 'pod to pod on another node', from: pods.a, host: addressOf(pods.b, 'ipv4'), port: ports.web },
    { name: 'pod to Service', from: pods.a, host: '100.104.0.80', port: 80 },
  ];
  const running = [];
  for (const { name, ...flow } of flows) running.push({ name, end: await startTraffic(flow) });
  await sleep(1_000);
  await stage.cilium.update(objects);
  await sleep(5_000);
  for (const { name, end } of running) await recordTraffic(stage, { title: `${title}: ${name}`, end, promised });
  await podsReachPods(stage, pods, 'ipv4');
}

type Traffic = readonly [udp: StreamResult, tcp: StreamResult];

async function startTraffic(flow: {
  readonly from: Pod;
  readonly host: string;
  readonly port: number;
}): Promise<() => Promise<Traffic>> {
  const { from, host, port } = flow;
  const common = { host, port, intervalMs: 20 };
  const udp = await from.stream({ protocol: 'udp', ...common });
  const tcp = await from.stream({ protocol: 'tcp', ...common });
  return async () => [await udp(), await tcp()];
}

interface Measured {
  readonly title: string;
  readonly end: () => Promise<Traffic>;
  readonly promised: Promised;
}

async function recordTraffic(stage: Stage, { title, end, promised }: Measured): Promise<void> {
  const [udp, tcp] = await end();
  const lost = `${udp.lost} of ${udp.sent} datagrams lost`;
  const gap = `longest gap ${(Math.max(udp.longestGapMs, 0) / 1_000).toFixed(1)} s`;
  const connection =
    tcp.cut === undefined
      ? `connection survived, longest pause ${(tcp.longestGapMs / 1_000).toFixed(1)} s`
      : `connection cut (${tcp.cut})`;
  stage.record({
    title,
    expected: promised === 'survives' ? 'the connection survives' : 'datagrams arrive again',
    measured: `${lost}, ${gap}, ${connection}`,
    passed: promised === 'survives' ? tcp.cut === undefined : udp.lost < udp.sent,
  });
}
