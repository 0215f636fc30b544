/** Runs classes and the validation of configurations, each in an arena of its own. */
import path from 'node:path';
import { runInArena } from './arena/arena.ts';
import type { DataPathClass } from './classes/class.ts';
import type { ConfigVerdict } from './inside/configs.ts';
import type { Report } from './inside.ts';
import { requiredSets, type SetName } from './prepare.ts';
import { missingKernelOptions } from './requirements.ts';
import type { Check } from './stage.ts';

export interface ClassResult {
  readonly name: string;
  readonly about: string;
  readonly state: 'passed' | 'failed' | 'skipped';
  /** Why it was skipped, or the error that ended it. */
  readonly reason?: string;
  readonly checks: readonly Check[];
  /** Milliseconds until all agents were ready. */
  readonly readyMs?: number;
  readonly seconds: number;
}

export interface ConfigsResult {
  readonly passed: boolean;
  readonly verdicts: readonly ConfigVerdict[];
  readonly seconds: number;
}

/** Receives results while they arrive. */
export interface Observer {
  started(title: string): void;
  check(check: Check): void;
  verdict(verdict: ConfigVerdict): void;
  note(line: string): void;
  ended(result: ClassResult): void;
}

export interface Session {
  readonly observer: Observer;
  /** Reasons why sets of programs cannot be used, by name. */
  readonly unavailable: ReadonlyMap<SetName, string>;
  /** Ends what runs; the call then rejects. */
  readonly signal: AbortSignal;
}

/** Runs one class. A missing kernel option or program skips it. */
export async function runClass(one: DataPathClass, session: Session): Promise<ClassResult> {
  const { name, about } = one;
  const { observer, signal } = session;
  const reason = skipReason(one, session);
  if (reason !== undefined) {
    return end({ name, about, state: 'skipped', reason, checks: [], seconds: 0 }, observer);
  }
  observer.started(`${name}: ${about}`);
  const started = performance.now();
  const checks: Check[] = [];
  const lines: string[] = [];
  let readyMs: number | undefined;
  const code = await runInArena({
    script,
    signal,
    args: ['class', name],
    onLine: (line) => {
      const report = parse(line);
      if (report === undefined || 'log' in report) lines.push(report === undefined ? line : report.log);
      else if ('check' in report) {
        checks.push(report.check);
        observer.check(report.check);
      } else if ('readyMs' in report) readyMs = report.readyMs;
    },
  });
  const seconds = (performance.now() - started) / 1_000;
  const failed = code !== 0;
  return end(
    {
      name,
      about,
      state: failed ? 'failed' : 'passed',
      ...(failed && { reason: lines.slice(-40).join('\n') || `ended with ${code}` }),
      checks,
      ...(readyMs !== undefined && { readyMs }),
      seconds,
    },
    observer,
  );
}

function skipReason(one: DataPathClass, { unavailable }: Session): string | undefined {
  const options = missingKernelOptions(one.kernelOptions ?? []);
  const programs = one.missingPrograms?.() ?? [];
  const reasons = [
    ...(options.length > 0 ? [`the kernel lacks ${options.join(', ')}`] : []),
    ...(programs.length > 0 ? [`this machine lacks ${programs.join(', ')} of Calico`] : []),
    ...requiredSets(one).flatMap((name) => unavailable.get(name) ?? []),
  ];
  return reasons.length === 0 ? undefined : reasons.join('; ');
}

/** Lets agent and operator validate the configuration of every golden. */
export async function runConfigs({ observer, signal }: Session): Promise<ConfigsResult> {
  observer.started('configs: agent and operator validate the configuration of every golden');
  const started = performance.now();
  const verdicts: ConfigVerdict[] = [];
  const code = await runInArena({
    script,
    signal,
    args: ['configs'],
    onLine: (line) => {
      const report = parse(line);
      if (report === undefined) observer.note(line);
      else if ('log' in report) observer.note(report.log);
      else if ('verdict' in report) {
        verdicts.push(report.verdict);
        observer.verdict(report.verdict);
      }
    },
  });
  return { passed: code === 0, verdicts, seconds: (performance.now() - started) / 1_000 };
}

const script = path.join(import.meta.dirname, 'inside.ts');

function end(result: ClassResult, observer: Observer): ClassResult {
  observer.ended(result);
  return result;
}

function parse(line: string): Report | undefined {
  if (!line.startsWith('{"')) return undefined;
  try {
    return JSON.parse(line) as Report;
  } catch {
    return undefined;
  }
}
