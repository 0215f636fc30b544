import { setTimeout as sleep } from 'node:timers/promises';
import { renderCilium } from '../cilium/cilium.ts';
import { expectedOptionLines } from '../cilium/expected-lines.ts';
import { ports } from '../pods/host.ts';
import type { Pod } from '../pods/pod.ts';
import type { StreamResult } from '../pods/stream.ts';
import type { Stage } from '../stage.ts';
import { type DataPathClass, type ShootInput, shoot } from './class.ts';
import { addCloudRoutes, addressOf, podsReachPods, podsReachServices, startPods } from './flows.ts';

/** Agents restart with a configuration that leaves the data path as it is, as with every update of Cilium. */
export const changeNothing: DataPathClass = {
  name: 'change-rollout',
  about: 'VXLAN overlay, all agents restart at once',
  families: ['ipv4'],
  documents: shoot({}),
  kernelOptions: ['CONFIG_VXLAN'],
  expectedLines: expectedOptionLines,
  run: (stage) => change(stage, { providerConfig: { bgpControlPlane: { enabled: true } } }, 'survives'),
};

export const overlayToNative: DataPathClass = {
  name: 'change-overlay-off',
  about: 'VXLAN overlay switched off, with routes of the infrastructure',
  families: ['ipv4'],
  documents: shoot({}),
  kernelOptions: ['CONFIG_VXLAN'],
  run: (stage) => change(stage, { providerConfig: { overlay: { enabled: false } } }, 'returns'),
};

export const nativeToOverlay: DataPathClass = {
  name: 'change-overlay-on',
  about: 'VXLAN overlay switched on, with routes of the infrastructure',
  families: ['ipv4'],
  documents: shoot({ providerConfig: { overlay: { enabled: false } } }),
  kernelOptions: ['CONFIG_VXLAN'],
  run: (stage) => change(stage, { providerConfig: { overlay: { enabled: true } } }, 'returns'),
};

/** Whether connections must survive, or traffic must only return. */
type Promised = 'survives' | 'returns';

/** Changes the configuration under traffic, records what was lost, and that everything works afterwards. */
async function change(stage: Stage, to: ShootInput, promised: Promised): Promise<void> {
  const pods = await startPods(stage);
  await addCloudRoutes(stage, 'ipv4');
  await podsReachServices(stage, pods, ['ipv4']);
  const objects = renderCilium(shoot(to))?.objects;
  if (objects === undefined) throw new Error('nothing is rendered for the changed configuration');
  const flows = [
    { title: 'pod to pod on the same node', from: pods.a, host: addressOf(pods.a2, 'ipv4'), port: ports.web },
    { title: 'pod to pod on another node', from: pods.a, host: addressOf(pods.b, 'ipv4'), port: ports.web },
    { title: 'pod to Service', from: pods.a, host: '100.104.0.80', port: 80 },
  ];
  const running = [];
  for (const { title, ...flow } of flows) running.push({ title, end: await startTraffic(flow) });
  await sleep(1_000);
  await stage.cilium.update(objects);
  await sleep(5_000);
  for (const { title, end } of running) await recordTraffic(stage, { title, end, promised });
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
    title: `${title}, during the change`,
    expected: promised === 'survives' ? 'the connection survives' : 'datagrams arrive again',
    measured: `${lost}, ${gap}, ${connection}`,
    passed: promised === 'survives' ? tcp.cut === undefined : udp.lost < udp.sent,
  });
}
