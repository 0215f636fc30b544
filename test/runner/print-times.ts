import { styleText } from 'node:util';
import { type SuiteName, suites } from './suites.ts';
import { readTimes } from './times.ts';

const most = 12;

/** Prints the slowest files and tests of each suite as it last ran; returns the exit code. */
export function printTimes(stream: NodeJS.WriteStream): number {
  const bold = (text: string): string => styleText('bold', text, { stream });
  const row = (ms: number, text: string): string => `  ${(ms / 1000).toFixed(1).padStart(6)} s  ${text}\n`;
  for (const name of Object.keys(suites) as SuiteName[]) {
    const times = readTimes(name);
    if (times === undefined) {
      stream.write(`${bold(name)}: has not run here yet: make test-${name}\n`);
      continue;
    }
    stream.write(`${bold(name)}: ${times.seconds} s in total, ${times.at}\n`);
    const files = Object.entries(times.files).sort(([, one], [, other]) => other - one);
    for (const [file, ms] of files.slice(0, most)) stream.write(row(ms, file));
    stream.write(`  ${styleText('dim', 'slowest tests', { stream })}\n`);
    for (const { ms, title, file } of times.tests.slice(0, most))
      stream.write(row(ms, `${title} ${styleText('dim', file, { stream })}`));
  }
  return 0;
}
