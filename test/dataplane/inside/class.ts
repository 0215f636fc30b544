/** Runs one class in this arena. */
import { renderCilium } from '../cilium/cilium.ts';
import { expectedLines } from '../cilium/expected-lines.ts';
import { severeLines, unexpectedLines } from '../cilium/log-lines.ts';
import type { CiliumPrograms } from '../cilium/programs.ts';
import type { DataPathClass } from '../classes/class.ts';
import { type Check, type Stage, startStage } from '../stage.ts';

export interface ClassRun {
  readonly one: DataPathClass;
  readonly programs: CiliumPrograms;
  readonly log: (line: string) => void;
  readonly record: (check: Check) => void;
  readonly ready: (ms: number) => void;
}

/** Starts the stage of a class, runs it, and compares severe lines of agents and operator with the expected ones. */
export async function runOne({ one, programs, log, record, ready }: ClassRun): Promise<void> {
  const rendered = renderCilium(one.documents);
  if (rendered === undefined) throw new Error(`nothing is rendered for class ${one.name}`);
  const { families, nodes = 2, subnets = false, nameserver } = one;
  const earlier = await one.earlier?.();
  const stage = await startStage({ families, nodes, subnets, nameserver, rendered, earlier, programs, log, record });
  ready(Math.round(stage.cilium.readyMs));
  try {
    await one.run(stage);
  } finally {
    record(severeCheck(stage, one));
  }
}

function severeCheck({ cilium }: Stage, one: DataPathClass): Check {
  const lines = cilium.containers.flatMap((container) => severeLines(container.output()));
  const unexpected = unexpectedLines(lines, [...expectedLines, ...(one.expectedLines ?? [])]);
  const messages = [...new Set(unexpected.map(({ level, line }) => `${level}: ${line}`))];
  return {
    title: 'warnings and errors of agents and operator',
    expected: 'none that is not listed with a reason',
    measured: messages.length === 0 ? 'none that is not listed with a reason' : messages.slice(0, 20).join('\n      '),
    passed: messages.length === 0,
  };
}
