import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { errorMessage } from '../../../../pkg/gardener/errors.ts';
import type { Node } from '../../arena/node.ts';
import type { Family } from '../../arena/topology.ts';
import type { Stage } from '../../stage.ts';
import { type DataPathClass, shoot } from '../class.ts';
import {
  addCloudRoutes,
  addressOf,
  compareModel,
  podsReachOutsideUnmasked,
  podsReachPods,
  podsReachServices,
  startPods,
} from '../flows.ts';

const overlay = { enabled: false };

/** `usePodCidr` is the documented default; the plugin accepts it only in shoots with IPv4, so that `usePodCidrIPv6` is rendered. */
export const calicoIPv6: DataPathClass = {
  name: 'calico-ipv6',
  about: 'Calico: IPv6 only with `ipam.cidr: usePodCidr`, routes by the infrastructure',
  families: ['ipv6'],
  documents: shoot({
    cni: 'calico',
    families: ['ipv6'],
    providerConfig: { overlay, ipam: { type: 'host-local', cidr: 'usePodCidr' } },
  }),
  async run(stage) {
    const pods = await startPods(stage);
    await addCloudRoutes(stage, 'ipv6');
    await podsReachPods(stage, pods, 'ipv6');
    await podsReachServices(stage, pods, ['ipv6']);
    await podsReachOutsideUnmasked(stage, pods, 'ipv6');
    const [node] = stage.cluster.nodes;
    if (node !== undefined) replaceInConfig(node, 'usePodCidrIPv6', 'usePodCidr');
    const problem = await stage.pod('c', 0).then(() => 'the pod starts', errorMessage);
    const refused = 'usePodCidr found but there is no IPv4 CIDR configured';
    const measured = problem.includes(refused) ? refused : problem;
    stage.compare('a pod with `usePodCidr` in the configuration of the plugin', refused, measured);
  },
};

/** Changes the configuration that the installer has written. */
function replaceInConfig(node: Node, from: string, to: string): void {
  const folder = path.join(node.root, 'etc/cni/net.d');
  for (const name of readdirSync(folder).filter((one) => one.endsWith('.conflist'))) {
    const file = path.join(folder, name);
    const text = readFileSync(file, 'utf8');
    if (!text.includes(from)) throw new Error(`${name} does not contain ${from}: ${text}`);
    writeFileSync(file, text.replaceAll(from, to));
  }
}

/** Every node assigns the same addresses. */
export const calicoIpamCidr: DataPathClass = {
  name: 'calico-ipam-cidr',
  about: 'Calico: `ipam.cidr` with a range: nodes assign the same addresses',
  families: ['ipv4'],
  documents: shoot({ cni: 'calico', providerConfig: { overlay, ipam: { type: 'host-local', cidr: '100.64.0.0/24' } } }),
  run: (stage) => sameAddresses(stage, 'ipv4'),
};

export const calicoIpamCidrIPv6: DataPathClass = {
  name: 'calico-ipam-cidr-ipv6',
  about: 'Calico: IPv6 only, `ipam.cidr` with a range: nodes assign the same addresses',
  families: ['ipv6'],
  documents: shoot({
    cni: 'calico',
    families: ['ipv6'],
    providerConfig: { overlay, ipam: { type: 'host-local', cidr: 'fd00:100::/64' } },
  }),
  run: (stage) => sameAddresses(stage, 'ipv6'),
};

async function sameAddresses(stage: Stage, family: Family): Promise<void> {
  const { a, a2, b } = await startPods(stage);
  const b2 = await stage.pod('b2', 1);
  compareModel(stage, { family, field: 'reach', expected: 'no network' });
  stage.compare('address of the first pod of the second node', addressOf(a, family), addressOf(b, family));
  const flow = { from: a, to: b2, family };
  // The source is not named, because both pods have it.
  await stage.reaches('pod to the second pod of the second node: answered by a pod of its own node', flow, {
    by: a2.name,
  });
}
