/** Runs one class in this arena. */
import { calicoExpectedLines } from '../calico/expected-lines.ts';
import { expectedLines } from '../cilium/expected-lines.ts';
import { type DataPathClass, hasKubeProxy } from '../classes/class.ts';
import { severeLines, unexpectedLines } from '../cni/log-lines.ts';
import { type Cni, renderNetwork } from '../cni/rendering.ts';
import { type Check, type Programs, type Stage, startStage } from '../stage.ts';

export interface ClassRun {
  readonly one: DataPathClass;
  readonly programs: Programs;
  readonly log: (line: string) => void;
  readonly record: (check: Check) => void;
  readonly ready: (ms: number) => void;
}

/** Starts the stage of a class, runs it, and compares severe lines of agents and operator with the expected ones. */
export async function runOne({ one, programs, log, record, ready }: ClassRun): Promise<void> {
  const rendered = renderNetwork(one.documents);
  if (rendered === undefined) throw new Error(`nothing is rendered for class ${one.name}`);
  const { families, nodes = 2, subnets = false, nameserver } = one;
  const earlier = await one.earlier?.();
  const kubeProxy = hasKubeProxy(one.documents);
  const stage = await startStage({
    families,
    nodes,
    subnets,
    nameserver,
    kubeProxy,
    rendered,
    earlier,
    programs,
    log,
    record,
  });
  ready(Math.round(stage.cni.readyMs));
  try {
    await one.run(stage);
  } finally {
    record(severeCheck(stage, one, rendered.cni));
  }
}

/** Lines of every class of a CNI. */
const commonLines = { calico: calicoExpectedLines, cilium: expectedLines } as const;

function severeCheck({ cni }: Stage, one: DataPathClass, type: Cni): Check {
  const lines = cni.containers.flatMap((container) => severeLines(container.output()));
  const unexpected = unexpectedLines(lines, [...commonLines[type], ...(one.expectedLines ?? [])]);
  const messages = [...new Set(unexpected.map(({ level, line }) => `${level}: ${withoutTime(line)}`))];
  return {
    title: 'warnings and errors of all programs',
    expected: 'none that is not listed with a reason',
    measured: messages.length === 0 ? 'none that is not listed with a reason' : messages.slice(0, 20).join('\n      '),
    passed: messages.length === 0,
  };
}

/** Removes time and process, so that agents of several nodes count once. */
function withoutTime(line: string): string {
  return line.replace(/^(time=\S+|\d\S+ \S+) /, '').replace(/\]\[\d+\]/, ']');
}
