/**
 * `make bench-quiet N=1000 MINUTES=5`: N Networks of calico that need nothing, and a process for each of ten disturbances of its watches, all at once.
 * Prints requests per second and CPU of each process. Never fails because of a figure.
 */

import { measureQuiet, type QuietRow } from './run/quiet.ts';
import { startStageOrSkip } from './stage/stage.ts';

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
const { env } = process;
const count = Number(env['N'] || 1_000);
const minutes = Number(env['MINUTES'] || 5);

const stage = await startStageOrSkip(console.log);
if (stage !== undefined) {
  try {
    console.log(`${count} Networks, ${minutes} min`);
    const rows = await measureQuiet({ stage, count, ms: minutes * 60_000, log: console.log });
    console.log(table(rows));
  } finally {
    await stage.stop();
  }
}

function table(rows: readonly QuietRow[]): string {
  const head = ['disturbance', 'first minute: requests/s', 'afterwards: requests/s', 'CPU %'];
  const cells = rows.map((row) => [
    row.disturbance,
    row.first.toFixed(2),
    row.later?.toFixed(2) ?? '-',
    (row.cpu * 100).toFixed(1),
  ]);
  const widths = head.map((text, column) => Math.max(text.length, ...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ');
  return [head, ...cells].map(line).join('\n');
}
