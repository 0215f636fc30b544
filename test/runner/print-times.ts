import { styleText } from 'node:util';
import { type SuiteName, suites } from './suites.ts';
import { readTimes } from './times.ts';

const most = 12;

/** Returns a text with the slowest files and tests of each suite as it last ran. */
export function timesText(stream: NodeJS.WriteStream): string {
  const lines: string[] = [];
  const bold = (text: string): string => styleText('bold', text, { stream });
  const row = (ms: number, text: string): string => `  ${(ms / 1000).toFixed(1).padStart(6)} s  ${text}\n`;
  for (const name of Object.keys(suites) as SuiteName[]) {
    const times = readTimes(name);
    if (times === undefined) {
      lines.push(`${bold(name)}: has not run here yet: make test-${name}\n`);
      continue;
    }
    lines.push(`${bold(name)}: ${times.seconds} s in total, ${times.at}\n`);
    const files = Object.entries(times.files).sort(([, one], [, other]) => other - one);
    for (const [file, ms] of files.slice(0, most)) lines.push(row(ms, file));
    lines.push(`  ${styleText('dim', 'slowest tests', { stream })}\n`);
    for (const { ms, title, file } of times.tests.slice(0, most))
      lines.push(row(ms, `${title} ${styleText('dim', file, { stream })}`));
  }
  return lines.join('');
}
