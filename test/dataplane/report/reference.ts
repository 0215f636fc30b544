/** Writes docs/reference/dataplane.md from the results of a run. */
import { writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
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
  const kernel = os.release().split('-')[0];
  return [
    '# Data paths, measured',
    '',
    '<!-- Written by `make test-dataplane`. Do not edit. -->',
    '',
    `Each class runs Cilium ${ciliumVersion().slice(1)} (agent, operator and CNI plugin) with the rendered objects, on two nodes in network namespaces with a real API`,
    `server. Measured on Linux ${kernel}. How to add a class: [data plane tests](../design/data-plane-tests.md).`,
    '',
    ...configLines(configs),
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
  const ready =
    readyMs === undefined ? [] : [`Agents are ready after ${Math.ceil(readyMs / 10_000) * 10} s or less.`, ''];
  const rows = checks.map(({ title, measured }) => [title, measured.replace(/,? ?[\d.]+ ms/, '')] as const);
  return [...head, ...ready, ...table(['Flow', 'Measured'], rows), ''];
}

/** A table with aligned columns, as the formatter of Markdown writes it. */
function table(head: readonly [string, string], rows: readonly (readonly [string, string])[]): readonly string[] {
  const all = [head, ...rows];
  const width = (column: 0 | 1): number => Math.max(...all.map((row) => row[column].length));
  const line = ([one, other]: readonly [string, string]): string =>
    `| ${one.padEnd(width(0))} | ${other.padEnd(width(1))} |`;
  return [line(head), `| ${'-'.repeat(width(0))} | ${'-'.repeat(width(1))} |`, ...rows.map(line)];
}
