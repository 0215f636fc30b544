import { familiesOf } from './addresses.ts';
import type { CompiledRule, TargetPort } from './compile.ts';
import { commonFamily, type Evaluator, isSamePod, otherEnd } from './evaluate.ts';
import type { Direction, Pod, Protocol } from './types.ts';

/** A port of a target; without a number it stands for all ports that no rule names. */
export interface MatrixPort {
  readonly name?: string;
  readonly protocol: Protocol;
  readonly port?: number;
}

/** Which pods may open connections to which ports of which other pods. Pods are named by their index. */
export interface Matrix {
  readonly pods: readonly Pod[];
  /** The declared ports of each pod, or the port without a number if it declares none. */
  readonly ports: readonly (readonly MatrixPort[])[];
  readonly isAllowed: (source: number, target: number, port: number) => boolean;
}

/** Decides about all flows between pods, as `judge` of the evaluator does about one. */
export function createMatrix(evaluator: Evaluator, pods: readonly Pod[]): Matrix {
  const rows = createRows(evaluator, pods);
  const ports = pods.map(matrixPorts);
  const decide = (input: { readonly target: number; readonly pod: Pod; readonly port: MatrixPort }): Uint32Array => {
    const { target, pod, port } = input;
    const bits = new Uint32Array(Math.ceil(pods.length / 32));
    const column = rows.port(targetPort(port, pod));
    const ingress = rows.peers(target, 'ingress', column);
    for (const [index, source] of pods.entries()) {
      const isDirect = source.hostNetwork || pod.hostNetwork || index === target;
      const isAllowed = isDirect
        ? judgePair(evaluator, { source, target: pod, port })
        : isSet(ingress, index) && isSet(rows.peers(index, 'egress', column), target);
      if (isAllowed) set(bits, index);
    }
    return bits;
  };
  const sources = pods.map((pod, target) => (ports[target] ?? []).map((port) => decide({ target, pod, port })));
  return {
    pods,
    ports,
    isAllowed(source, target, port) {
      const bits = sources[target]?.[port];
      return bits !== undefined && isSet(bits, source);
    },
  };
}

/** A number that no rule names, for ports without one. */
export const unnamedPort = -1;

function matrixPorts({ ports }: Pod): readonly MatrixPort[] {
  return ports.length > 0 ? ports : [{ protocol: 'TCP' }];
}

function targetPort({ protocol, port = unnamedPort }: MatrixPort, target: Pod): TargetPort {
  return { protocol, port, named: target.ports.filter((one) => one.port === port && one.protocol === protocol) };
}

/** Decides about pods in the network of their node, because it matters which node that is, and about a pod and itself. */
function judgePair(
  evaluator: Evaluator,
  { source, target, port }: { readonly source: Pod; readonly target: Pod; readonly port: MatrixPort },
): boolean {
  if (isSamePod(source, target)) return true;
  return evaluator.judge({
    source: { kind: 'pod', pod: source },
    target: { kind: 'pod', pod: target },
    protocol: port.protocol,
    port: port.port ?? unnamedPort,
  }).allowed;
}

/**
 * Computes sets of pods, one bit each: those with which a pod may talk at a port, as far as its own policies decide. Pods with the same
 * policies share their sets.
 */
function createRows(evaluator: Evaluator, pods: readonly Pod[]) {
  const words = Math.ceil(pods.length / 32);
  const everybody = new Uint32Array(words).fill(0xffff_ffff);
  const classes = { ingress: classify(evaluator, pods, 'ingress'), egress: classify(evaluator, pods, 'egress') };
  const columns: TargetPort[] = [];
  const columnIds = new Map<string, number>();
  const admitted = new Map<string, Uint32Array>();
  const ruleIds = new Map<CompiledRule, number>();

  /** The pods that the peers of a rule admit. */
  const admittedBy = (rule: CompiledRule, self: Pod, direction: Direction): Uint32Array => {
    const id = ruleIds.get(rule) ?? ruleIds.size;
    ruleIds.set(rule, id);
    const key = `${id} ${direction} ${familiesOf(self.addresses).join()}`;
    const found = admitted.get(key);
    if (found !== undefined) return found;
    const bits = new Uint32Array(words);
    const own = { kind: 'pod', pod: self } as const;
    for (const [index, pod] of pods.entries()) {
      const peer = { kind: 'pod', pod } as const;
      const family = commonFamily(
        direction === 'egress' ? { source: own, target: peer } : { source: peer, target: own },
      );
      const other = otherEnd({ self, peer, family, namespaceLabels: (name) => evaluator.namespaceLabels(name) });
      if (rule.peers.length === 0 || rule.peers.some((admits) => admits(other) === 'all')) set(bits, index);
    }
    admitted.set(key, bits);
    return bits;
  };

  const compute = (self: Pod, direction: Direction, port: TargetPort): Uint32Array => {
    const policies = evaluator.isolating(self, direction);
    if (policies.length === 0) return everybody;
    const rules = policies.flatMap((policy) => policy[direction] ?? []);
    const bits = new Uint32Array(words);
    for (const rule of rules)
      if (rule.ports.length === 0 || rule.ports.some((admits) => admits(port)))
        or(bits, admittedBy(rule, self, direction));
    return bits;
  };

  return {
    /** Returns the number of a port, with which `peers` is called. */
    port(port: TargetPort): number {
      const key = [port.protocol, port.port, ...port.named.map(({ name }) => name)].join(' ');
      const known = columnIds.get(key);
      if (known !== undefined) return known;
      columns.push(port);
      columnIds.set(key, columns.length - 1);
      return columns.length - 1;
    },
    peers(index: number, direction: Direction, column: number): Uint32Array {
      const row = classes[direction][index];
      const port = columns[column];
      if (row === undefined || port === undefined) throw new Error(`no pod ${index} or no port ${column}`);
      row.sets[column] ??= compute(row.pod, direction, port);
      return row.sets[column];
    },
  };
}

interface PodClass {
  /** One of the pods, which stands for all of them. */
  readonly pod: Pod;
  /** The sets of the class by the number of the port. */
  readonly sets: (Uint32Array | undefined)[];
}

/** Groups pods that have the same policies and address families. */
function classify(evaluator: Evaluator, pods: readonly Pod[], direction: Direction): readonly PodClass[] {
  const ids = new Map<unknown, number>();
  const known = new Map<string, PodClass>();
  return pods.map((pod) => {
    const policies = evaluator.isolating(pod, direction).map((policy) => {
      const id = ids.get(policy) ?? ids.size;
      ids.set(policy, id);
      return id;
    });
    const key = [familiesOf(pod.addresses), ...policies].join(' ');
    const found = known.get(key) ?? { pod, sets: [] };
    known.set(key, found);
    return found;
  });
}

function isSet(bits: Uint32Array, index: number): boolean {
  return (((bits[index >>> 5] ?? 0) >>> (index & 31)) & 1) === 1;
}

function set(bits: Uint32Array, index: number): void {
  bits[index >>> 5] = (bits[index >>> 5] ?? 0) | (1 << (index & 31));
}

function or(bits: Uint32Array, others: Uint32Array): void {
  for (const [index, word] of others.entries()) bits[index] = (bits[index] ?? 0) | word;
}
