/** Writes docs/reference/dataplane.md from the results of a run. */
import { writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { calicoCompatibility } from '../../../pkg/calico/compatibility.ts';
import { ciliumCompatibility } from '../../../pkg/cilium/compatibility.ts';
import { calicoVersion } from '../calico/programs.ts';
import { ciliumVersion } from '../cilium/programs.ts';
import type { ClassResult, ConfigsResult } from '../session.ts';
import type { Results } from './results.ts';

const file = path.join(import.meta.dirname, '../../../docs/reference/dataplane.md');

/** Rewrites the page. Measured times are rounded, so that runs on one machine differ little. */
export function writeReference(input: Results): void {
  writeFileSync(file, referencePage(input));
}

/** Returns the page as Markdown. */
export function referencePage({ classes, configs }: Results): string {
  const machine = `Linux ${os.release().split('-')[0]}, ${process.arch}, ${os.cpus().length} CPUs`;
  const date = new Date().toISOString().slice(0, 10);
  return [
    '# Data paths, measured',
    '',
    '<!-- Written by `make test-dataplane`. Do not edit. -->',
    '',
    `Each class runs Cilium ${ciliumVersion().slice(1)} (agent, operator and CNI plugin) or Calico ${calicoVersion.slice(1)} (calico-node, Typha and CNI plugin) with the`,
    'rendered objects, on two nodes in network namespaces with a real API server. How to add a class, and what differs from a cluster:',
    `[data plane tests](../design/data-plane-tests.md). Shoots run Cilium ${ciliumCompatibility.version} and Calico ${calicoCompatibility.version};`,
    '[differences of Calico](../design/data-plane-tests.md#calico).',
    '',
    `Measured on ${date} in ${minutes(classes, configs)} minutes (${machine}).`,
    '',
    ...configLines(configs),
    ...summary(classes),
    ...classes.flatMap(classLines),
  ].join('\n');
}

function configLines(configs: ConfigsResult | undefined): readonly string[] {
  if (configs === undefined) return [];
  const goldens = configs.verdicts.filter(({ golden }) => !golden.startsWith('refused: '));
  return [
    `Agent and operator accept the configuration of all ${goldens.length} goldens: no unknown key, no refused value, no warning that is not expected.`,
    '',
  ];
}

function classLines({ name, about, state, reason, checks, readyMs }: ClassResult): readonly string[] {
  const head = [`## ${name}`, '', `${about}.`, ''];
  if (state === 'skipped') return [...head, `Not measured: ${reason}.`, ''];
  const ready = readyMs === undefined ? [] : [`Agents are ready after ${atMost(readyMs / 1_000)}.`, ''];
  const rows = checks.map(({ title, measured }) => [title, measured.replace(/,? ?[\d.]+ ms/, '')] as const);
  return [...head, ...ready, ...table(['Flow', 'Measured'], rows), ''];
}

/** One row per class. */
function summary(classes: readonly ClassResult[]): readonly string[] {
  const rows = classes.map(({ name, about, state, seconds }) => {
    const link = `[${name}](#${name})`;
    return [link, about, state === 'skipped' ? 'not measured' : atMost(seconds)] as const;
  });
  return [...table(['Class', 'Data path', 'Duration'], rows), ''];
}

function minutes(classes: readonly ClassResult[], configs: ConfigsResult | undefined): number {
  const all = classes.reduce((sum, { seconds }) => sum + seconds, configs?.seconds ?? 0);
  return Math.ceil(all / 60);
}

function atMost(seconds: number): string {
  return `${Math.ceil(seconds / 10) * 10} s or less`;
}

/** A table with aligned columns, as the formatter of Markdown writes it. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[], fill = ' '): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0, fill)).join(' | ')} |`;
  return [
    line(head),
    line(
      head.map(() => ''),
      '-',
    ),
    ...rows.map((row) => line(row)),
  ];
}
