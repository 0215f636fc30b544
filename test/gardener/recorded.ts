/** Verdicts of Gardener, recorded by gardener.integration.test.ts. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Verdict } from './judge.ts';

/** The number of random cases; a changed number or generator requires a new recording. */
export const randomCount = 2_000;

export const recordings = {
  rules: path.join(import.meta.dirname, 'testdata/rules.json'),
  random: path.join(import.meta.dirname, 'testdata/random.json'),
} as const;

/** Returns the text of the recording for cases with names. */
export function printRules(verdicts: Readonly<Record<string, Verdict>>): string {
  const lines = Object.entries(verdicts).map(([name, one]) => `  ${JSON.stringify(name)}: ${JSON.stringify(one)}`);
  return `{\n${lines.join(',\n')}\n}\n`;
}

export function readRules(): Readonly<Record<string, Verdict>> {
  return JSON.parse(readFileSync(recordings.rules, 'utf8'));
}

interface Random {
  readonly verdicts: readonly Verdict[];
  /** For each case the index of its verdict. */
  readonly cases: readonly number[];
}

/** Returns the text of the recording for random cases: each verdict once, and the index of the verdict of each case. */
export function printRandom(verdicts: readonly Verdict[]): string {
  const texts = [...new Set(verdicts.map((one) => JSON.stringify(one)))].sort();
  const index = new Map(texts.map((text, position) => [text, position]));
  const cases = verdicts.map((one) => index.get(JSON.stringify(one)));
  const rows = Array.from({ length: Math.ceil(cases.length / 40) }, (_, row) => cases.slice(row * 40, row * 40 + 40));
  const lines = rows.map((row) => `    ${row.join(', ')}`);
  return `{\n  "verdicts": [\n    ${texts.join(',\n    ')}\n  ],\n  "cases": [\n${lines.join(',\n')}\n  ]\n}\n`;
}

export function readRandom(): readonly Verdict[] {
  const { verdicts, cases } = JSON.parse(readFileSync(recordings.random, 'utf8')) as Random;
  return cases.map((index) => verdicts[index] ?? []);
}
