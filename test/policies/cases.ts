/** The test cases that cyclonus publishes, as clusters of this project. */
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import type { Flow, Pod } from '../../pkg/networkpolicy/types.ts';
import { type Comparison, readPolicies } from './compare.ts';
import type { EngineCase } from './engine.ts';

export function toComparison({ policies, namespaces, pods, flows }: EngineCase): Comparison {
  const all = new Map(
    pods.map(({ namespace, name, labels, ip, ports }): readonly [string, Pod] => [
      `${namespace}/${name}`,
      { namespace, name, labels, ports, addresses: [ip], hostNetwork: false },
    ]),
  );
  const pod = (name: string) => {
    const found = all.get(name);
    if (found === undefined) throw new Error(`the case has no pod ${name}`);
    return { kind: 'pod', pod: found } as const;
  };
  return {
    policies: readPolicies((policies ?? []) as readonly KubeObject[]),
    namespaces: new Map(Object.entries(namespaces)),
    flows: flows.map(({ from, to, port, protocol }): Flow => ({ source: pod(from), target: pod(to), port, protocol })),
    verdicts: flows,
  };
}
