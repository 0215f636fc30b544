/** Changes of a cluster under traffic. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ports } from '../pods/host.ts';
import type { Pod } from '../pods/pod.ts';
import type { StreamResult } from '../pods/stream.ts';
import type { Stage } from '../stage.ts';
import { addCloudRoutes, addressOf, type Pods, podsReachPods, podsReachServices, startPods } from './flows.ts';

/** Whether connections must survive, or traffic must only return. */
type Promised = 'survives' | 'returns';

export interface Change {
  readonly title: string;
  readonly pods: Pods;
  readonly promised: Promised;
  /** What is done under traffic. */
  readonly work: () => Promise<unknown>;
}

/** Starts pods and a Service, with routes of the infrastructure. */
export async function preparePods(stage: Stage): Promise<Pods> {
  const pods = await startPods(stage);
  await addCloudRoutes(stage, 'ipv4');
  await podsReachServices(stage, pods, ['ipv4']);
  return pods;
}

/** Makes a change under traffic, records what was lost, and that everything works afterwards. */
export async function changeUnderTraffic(stage: Stage, { pods, promised, title, work }: Change): Promise<void> {
  const flows = [
    { name: 'pod to pod on the same node', from: pods.a, host: addressOf(pods.a2, 'ipv4'), port: ports.web },
    { name: 'pod to pod on another node', from: pods.a, host: addressOf(pods.b, 'ipv4'), port: ports.web },
    { name: 'pod to Service', from: pods.a, host: '100.104.0.80', port: 80 },
  ];
  const running = [];
  for (const { name, ...flow } of flows) running.push({ name, end: await startTraffic(flow) });
  await sleep(1_000);
  await work();
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
