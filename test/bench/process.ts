/** The extension as a child process, measured from the outside. Linux only: figures are read from /proc. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface MeasuredProcess {
  /** User and system time so far, in seconds. */
  cpuSeconds(): number;
  /** Resident memory in MiB. */
  rss(): number;
  /** The highest resident memory so far in MiB. */
  peakRss(): number;
  /** The numbers of open file descriptors and, among them, of sockets. */
  descriptors(): { readonly all: number; readonly sockets: number };
  /** The last 100,000 characters of its output. */
  output(): string;
  /** Resolves when its output contains the text; rejects if the process ends first. */
  until(text: string): Promise<void>;
  stop(): Promise<void>;
}

/** Clock ticks per second of /proc/PID/stat: 100 on every Linux that Node runs on. */
const ticks = 100;

export function startMeasured(command: readonly string[], env: NodeJS.ProcessEnv): MeasuredProcess {
  const [program = '', ...args] = command;
  const child: ChildProcess = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const collect = (chunk: Buffer): void => {
    output = `${output}${chunk.toString('utf8')}`.slice(-100_000);
  };
  child.stdout?.on('data', collect);
  child.stderr?.on('data', collect);
  const memory = (name: string): number => {
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
    return Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024;
  };
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    cpuSeconds: () => {
      const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      return (Number(fields[11]) + Number(fields[12])) / ticks;
    },
    rss: () => memory('VmRSS'),
    peakRss: () => memory('VmHWM'),
    descriptors: () => {
      const targets = readdirSync(`/proc/${child.pid}/fd`).map((fd) => linkTarget(`/proc/${child.pid}/fd/${fd}`));
      const open = targets.filter((target) => target !== undefined);
      return { all: open.length, sockets: open.filter((target) => target.startsWith('socket:')).length };
    },
    output: () => output,
    until: async (text) => {
      while (!output.includes(text)) {
        if (child.exitCode !== null) throw new Error(`the process exited:\n${output}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** Undefined for a descriptor that was closed meanwhile. */
function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
