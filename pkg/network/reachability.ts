import type { IPFamily } from '../gardener/network.ts';

/** The networks between nodes in which pods of different nodes can reach each other. */
export type Reach =
  /** Packets have addresses of nodes. */
  | 'any network'
  /** Packets have pod addresses, and the network routes the range of each node. */
  | 'networks that route the pod range of each node'
  /** Packets have pod addresses, and nodes have routes to nodes in the same subnet. */
  | 'nodes in one subnet'
  | 'no network';

/** The path of packets of one IP family between pods of different nodes; the values depend on the CNI. */
export interface PodPath {
  readonly family: IPFamily;
  /** Source of pod addresses. */
  readonly addresses: string;
  /** The component that creates routes to pods of other nodes. */
  readonly routes: string;
  /** Encapsulation of packets between nodes. */
  readonly transport: string;
  /** Source address of packets that leave the cluster; absent if it does not depend on the configuration of the CNI alone. */
  readonly egress?: string;
  readonly reach: Reach;
}

/** Returns the paths for the status of a Network, by family. */
export function pathsForStatus(paths: readonly PodPath[]): Readonly<Record<string, Omit<PodPath, 'family'>>> {
  return Object.fromEntries(
    paths.map(({ family, addresses, routes, transport, egress, reach }) => [
      family,
      { addresses, routes, transport, ...(egress === undefined ? {} : { egress }), reach },
    ]),
  );
}
