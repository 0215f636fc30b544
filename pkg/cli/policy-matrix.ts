import { clusterEvaluator, type PolicyCluster } from '../networkpolicy/cluster.ts';
import { createMatrix, type Matrix, type MatrixPort } from '../networkpolicy/matrix.ts';
import type { Pod } from '../networkpolicy/types.ts';

/** A flow between two pods of the input. */
export interface MatrixFlow {
  readonly from: string;
  readonly to: string;
  /** `5432/TCP`; `*` for a pod without declared ports, and stands for ports that no rule names. */
  readonly port: string;
  readonly allowed: boolean;
}

/** Decides about all pairs of pods of a cluster, without those in the network of their node, which policies do not select. */
export function clusterMatrix(cluster: PolicyCluster): Matrix {
  const pods = cluster.pods.filter(({ hostNetwork }) => !hostNetwork);
  return createMatrix(clusterEvaluator(cluster), pods);
}

function podName({ namespace, name }: Pod): string {
  return `${namespace}/${name}`;
}

function portName({ port, protocol }: MatrixPort): string {
  return port === undefined ? '*' : `${port}/${protocol}`;
}

/** Returns all flows of a matrix but those of a pod with itself. */
export function* matrixFlows({ pods, ports, isAllowed }: Matrix): Generator<MatrixFlow> {
  for (const [source, from] of pods.entries())
    for (const [target, to] of pods.entries()) {
      if (source === target) continue;
      for (const [index, port] of (ports[target] ?? []).entries())
        yield { from: podName(from), to: podName(to), port: portName(port), allowed: isAllowed(source, target, index) };
    }
}

/** Returns one line per port of a target with the pods that reach it. */
export function matrixText(matrix: Matrix): string {
  const { pods, ports, isAllowed } = matrix;
  const lines = pods.flatMap((to, target) =>
    (ports[target] ?? []).map((port, index) => {
      const others = [...pods.keys()].filter((source) => source !== target);
      const sources = others.filter((source) => isAllowed(source, target, index));
      return [podName(to), portName(port), sourcesText(sources, others, pods)];
    }),
  );
  const widths = [0, 1].map((column) => Math.max(0, ...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map(([to = '', port = '', from]) => `${to.padEnd(widths[0] ?? 0)}  ${port.padEnd(widths[1] ?? 0)}  from ${from}\n`)
    .join('');
}

function sourcesText(sources: readonly number[], others: readonly number[], pods: readonly Pod[]): string {
  if (sources.length === 0) return 'none';
  if (sources.length === others.length) return 'all';
  const names = (some: readonly number[]): string =>
    some
      .slice(0, shownNames)
      .map((index) => pods[index])
      .flatMap((pod) => (pod === undefined ? [] : [podName(pod)]))
      .join(', ') + (some.length > shownNames ? ` and ${some.length - shownNames} more` : '');
  if (sources.length <= others.length / 2) return names(sources);
  const chosen = new Set(sources);
  return `all but ${names(others.filter((index) => !chosen.has(index)))}`;
}

const shownNames = 10;

/** Returns a table with a row per source, a column per target, and the open ports in the cells. */
export function matrixMarkdown({ pods, ports, isAllowed }: Matrix): string {
  const names = pods.map(podName);
  const rows = pods.map((_, source) =>
    pods.map((_target, target) => {
      if (source === target) return '';
      const all = ports[target] ?? [];
      const open = all.filter((_port, index) => isAllowed(source, target, index));
      if (open.length === 0) return '–';
      return open.length === all.length && open.length > 1
        ? 'all'
        : open.map(portName).join(', ').replaceAll('*', '\\*');
    }),
  );
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
  return [
    line(['from \\ to', ...names]),
    line(['---', ...names.map(() => '---')]),
    ...rows.map((cells, source) => line([names[source] ?? '', ...cells])),
  ].join('');
}

/** Flows that only one of two clusters allows. */
export interface MatrixChange {
  readonly opened: readonly MatrixFlow[];
  readonly closed: readonly MatrixFlow[];
}

/** Compares the flows between pods that both clusters have. */
export function compareMatrices(old: Matrix, current: Matrix): MatrixChange {
  const key = ({ from, to, port }: MatrixFlow): string => `${from} ${to} ${port}`;
  const before = new Map([...matrixFlows(old)].map((flow) => [key(flow), flow.allowed]));
  const flows = [...matrixFlows(current)].filter((flow) => {
    const allowed = before.get(key(flow));
    return allowed !== undefined && allowed !== flow.allowed;
  });
  return { opened: flows.filter(({ allowed }) => allowed), closed: flows.filter(({ allowed }) => !allowed) };
}
