import { ipipLines } from '../../calico/expected-lines.ts';
import { missingBird } from '../../calico/images.ts';
import type { Stage } from '../../stage.ts';
import { type DataPathClass, shoot } from '../class.ts';
import {
  addCloudRoutes,
  compareModel,
  deadBetweenNodes,
  podsReachOutside,
  podsReachPods,
  podsReachServices,
  startPods,
} from '../flows.ts';

const vxlan = { overlay: { enabled: true }, vxlan: { enabled: true } };

export const calicoOverlayVxlan: DataPathClass = {
  name: 'calico-overlay-vxlan',
  about: 'Calico: VXLAN overlay, routes by Felix, which reads from Typha',
  families: ['ipv4'],
  documents: shoot({ cni: 'calico', providerConfig: vxlan }),
  kernelOptions: ['CONFIG_VXLAN'],
  async run(stage) {
    const pods = await startPods(stage);
    compareModel(stage, { family: 'ipv4', field: 'reach', expected: 'any network' });
    compareClients(stage, 2);
    await podsReachPods(stage, pods, 'ipv4');
    await podsReachServices(stage, pods, ['ipv4']);
    await podsReachOutside(stage, pods, 'ipv4');
  },
};

export const calicoTyphaOff: DataPathClass = {
  name: 'calico-typha-off',
  about: 'Calico: VXLAN overlay, Felix reads from the API server',
  families: ['ipv4'],
  documents: shoot({ cni: 'calico', providerConfig: { ...vxlan, typha: { enabled: false } } }),
  kernelOptions: ['CONFIG_VXLAN'],
  async run(stage) {
    const pods = await startPods(stage);
    compareClients(stage, 0);
    await podsReachPods(stage, pods, 'ipv4');
    await podsReachServices(stage, pods, ['ipv4']);
  },
};

/** Records on how many nodes Felix is connected to Typha. */
function compareClients(stage: Stage, expected: number): void {
  const connected = stage.cni.containers.filter((one) =>
    / felix\/daemon\.go \d+: Connected to Typha/.test(one.output()),
  );
  stage.compare('nodes whose Felix reads from Typha', String(expected), String(connected.length));
}

/** The default of Calico. */
export const calicoOverlayIpip: DataPathClass = {
  name: 'calico-overlay-ipip',
  about: 'Calico: IPIP overlay, routes by BIRD (the default)',
  families: ['ipv4'],
  documents: shoot({ cni: 'calico' }),
  kernelOptions: ['CONFIG_NET_IPIP'],
  missingPrograms: missingBird,
  async run(stage) {
    const pods = await startPods(stage);
    await podsReachPods(stage, pods, 'ipv4');
    await podsReachServices(stage, pods, ['ipv4']);
    await podsReachOutside(stage, pods, 'ipv4');
  },
};

/** The unencapsulated IPv6 pool has blocks, which no infrastructure routes. */
export const calicoDualStackVxlan: DataPathClass = {
  name: 'calico-dual-stack-vxlan',
  about: 'Calico: VXLAN overlay with both families: IPv6 between nodes is dead',
  families: ['ipv4', 'ipv6'],
  documents: shoot({ cni: 'calico', families: ['ipv4', 'ipv6'], providerConfig: vxlan }),
  kernelOptions: ['CONFIG_VXLAN'],
  async run(stage) {
    const pods = await startPods(stage);
    compareModel(stage, { family: 'ipv4', field: 'reach', expected: 'any network' });
    await podsReachPods(stage, pods, 'ipv4');
    await podsReachServices(stage, pods, ['ipv4']);
    await deadBetweenNodes(stage, pods, 'ipv6');
  },
};

/**
 * With host-local, the variable USE_POD_CIDR prevents that nodes get addresses for VXLAN (node/pkg/allocateip in Calico, also of later releases), so
 * that Felix makes no VXLAN routes: packets travel plainly.
 */
export const calicoVxlanHostLocal: DataPathClass = {
  name: 'calico-vxlan-host-local',
  about: 'Calico: `ipv4.pool: vxlan` without `overlay`: nothing is encapsulated, only the infrastructure can route',
  families: ['ipv4'],
  documents: shoot({ cni: 'calico', providerConfig: { backend: 'vxlan', ipv4: { pool: 'vxlan', mode: 'Always' } } }),
  expectedLines: ipipLines,
  kernelOptions: ['CONFIG_VXLAN'],
  async run(stage) {
    const pods = await startPods(stage);
    await stage.reaches('pod to pod on the same node, first', { from: pods.a, to: pods.a2 }, { by: 'a2' });
    const flow = { from: pods.a, to: pods.b };
    await stage.dead('pod to pod on another node, before the infrastructure has routes', flow);
    await addCloudRoutes(stage, 'ipv4');
    await podsReachPods(stage, pods, 'ipv4');
  },
};
