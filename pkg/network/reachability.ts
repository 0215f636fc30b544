import type { IPFamily } from '../gardener/network.ts';

/** On which networks between the nodes pods of different nodes reach each other. */
export type Reach =
  /** Packets are addressed to nodes. */
  | 'any network'
  /** Packets carry pod addresses, and the network knows which node has which range. */
  | 'networks that route the pod range of each node'
  /** Packets carry pod addresses, and nodes have routes to nodes that they reach without a router. */
  | 'nodes in one subnet'
  | 'no network';

/** How packets of one IP family travel between pods of different nodes; the words of each CNI. */
export interface PodPath {
  readonly family: IPFamily;
  /** Where the addresses of pods come from. */
  readonly addresses: string;
  /** Which component makes routes to pods of other nodes. */
  readonly routes: string;
  /** What packets look like between nodes. */
  readonly transport: string;
  readonly reach: Reach;
}

/** The paths as the status of a Network shows them, by family. */
export function pathsForStatus(paths: readonly PodPath[]): Readonly<Record<string, Omit<PodPath, 'family'>>> {
  return Object.fromEntries(
    paths.map(({ family, addresses, routes, transport, reach }) => [family, { addresses, routes, transport, reach }]),
  );
}
