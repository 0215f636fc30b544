import path from 'node:path';
import { styleText } from 'node:util';
import type { TestResult } from './events.ts';
import type { ProcessEnd } from './pool.ts';
import { root, type Suite } from './suites.ts';

/** Progress of a suite. On a terminal the last line shows the progress; otherwise each slow file gets a line. */
export interface SuiteReport {
  result(result: TestResult): void;
  end(end: ProcessEnd): void;
  /** Prints the summary; returns true if everything passed. */
  close(seconds: number): Totals;
}

export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export interface ReportInput {
  readonly suite: Suite;
  readonly fileCount: number;
  readonly stream: NodeJS.WriteStream;
  readonly now: () => number;
}

export function createReport({ suite, fileCount, stream, now }: ReportInput): SuiteReport {
  const totals = { passed: 0, failed: 0, skipped: 0 };
  const skippedBecause = new Map<string, number>();
  const failedFiles = new Set<string>();
  const started = now();
  let ended = 0;
  const write = (text: string): void => void stream.write(stream.isTTY ? `\r\u001b[K${text}\n` : `${text}\n`);
  const paint = (style: 'red' | 'green' | 'yellow' | 'dim' | 'bold', text: string): string =>
    styleText(style, text, { stream });
  const progress = (): void => {
    if (!stream.isTTY) return;
    const failed = totals.failed === 0 ? '' : `, ${totals.failed} failed`;
    const seconds = Math.round((now() - started) / 1000);
    stream.write(
      `\r\u001b[K  ${suite.name}: ${totals.passed} passed${failed}, ${ended} of ${fileCount} files, ${seconds} s`,
    );
  };
  return {
    result(result) {
      totals[result.result] += 1;
      if (result.result === 'failed') {
        failedFiles.add(result.file);
        write(`${paint('red', '✗')} ${paint('bold', result.titles.join(' > '))}`);
        write(`  ${path.relative(root, result.file)}\n${indented(result.reason ?? '')}`);
      } else if (result.result === 'skipped')
        skippedBecause.set(result.reason ?? '', (skippedBecause.get(result.reason ?? '') ?? 0) + 1);
      progress();
    },
    end({ files, ms, status, output }) {
      ended += files.length;
      const names = shortened(files.map((file) => path.relative(root, file)));
      const crashed = status !== 0 && !files.some((file) => failedFiles.has(file)) && totals.failed === 0;
      if (status !== 0 && files.length === 1 && !failedFiles.has(files[0] ?? '')) fail(names, status);
      else if (crashed) fail(names, status);
      if (status !== 0 && output !== '') write(`  printed by ${names.join(' ')}:\n${indented(output)}`);
      else for (const line of loudLines(output)) write(paint('yellow', line));
      if (!stream.isTTY && files.length === 1 && ms > 5_000)
        write(`  ${(ms / 1000).toFixed(1).padStart(6)} s  ${names.join(' ')}`);
      progress();
    },
    close(seconds) {
      const mark = totals.failed === 0 ? paint('green', '✓') : paint('red', '✗');
      const skipped = totals.skipped === 0 ? '' : `, ${totals.skipped} skipped`;
      write(
        `${mark} ${suite.name.padEnd(12)}${totals.passed} passed, ${totals.failed} failed${skipped} in ${fileCount} files  ${paint('dim', `${seconds.toFixed(1)} s`)}`,
      );
      for (const [reason, count] of skippedBecause) write(paint('yellow', `  ${count} skipped: ${reason}`));
      return totals;
    },
  };

  /** Reports a process that failed without a failed test: it crashed, or code outside of a test threw. */
  function fail(names: readonly string[], status: number | string): void {
    totals.failed += 1;
    write(`${paint('red', '✗')} ${names.join(' ')}: the process ended with ${status}`);
  }
}

function shortened(names: readonly string[]): readonly string[] {
  return names.length <= 3 ? names : [...names.slice(0, 2), `and ${names.length - 2} more files`];
}

function indented(text: string): string {
  return text.trimEnd().replaceAll(/^/gm, '    ');
}

/** Returns the lines of suites that pass because they cannot run. */
function loudLines(output: string): readonly string[] {
  return output.split('\n').filter((line) => /\bSKIPPED\b/.test(line));
}
