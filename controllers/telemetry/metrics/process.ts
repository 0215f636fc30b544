import { readdirSync, readFileSync } from 'node:fs';
import type { MetricsContext } from './instruments.ts';

/** Reads values of this process from the operating system and Node; unavailable values are undefined. */
export interface ProcessProbe {
  readonly nodeVersion: string;
  /** Unix time in milliseconds. */
  readonly startedAt: number;
  cpuMicroseconds(): number;
  memory(): { readonly rss: number; readonly heapTotal: number; readonly heapUsed: number; readonly external: number };
  virtualBytes(): number | undefined;
  openFiles(): number | undefined;
  maxFiles(): number | undefined;
}

/** Sets process_* and nodejs_* before each scrape. */
export function measureProcess({ instruments, measure }: MetricsContext, probe: ProcessProbe): void {
  const cpu = instruments.counter('process_cpu_seconds_total');
  const resident = instruments.gauge('process_resident_memory_bytes');
  const virtual = instruments.gauge('process_virtual_memory_bytes');
  const open = instruments.gauge('process_open_fds');
  const heapTotal = instruments.gauge('nodejs_heap_size_total_bytes');
  const heapUsed = instruments.gauge('nodejs_heap_size_used_bytes');
  const external = instruments.gauge('nodejs_external_memory_bytes');
  instruments.gauge('process_start_time_seconds').set(probe.startedAt / 1000);
  instruments.gauge('process_max_fds').set(probe.maxFiles() ?? 0);
  measure(() => {
    const memory = probe.memory();
    // The operating system returns the sum, but a counter can only be increased.
    cpu.reset();
    cpu.inc(probe.cpuMicroseconds() / 1e6);
    resident.set(memory.rss);
    heapTotal.set(memory.heapTotal);
    heapUsed.set(memory.heapUsed);
    external.set(memory.external);
    virtual.set(probe.virtualBytes() ?? 0);
    open.set(probe.openFiles() ?? 0);
  });
}

/** Reads from Node and, on Linux, from /proc. */
export function systemProbe(): ProcessProbe {
  return {
    nodeVersion: process.version,
    startedAt: performance.timeOrigin,
    cpuMicroseconds: () => {
      const { user, system } = process.cpuUsage();
      return user + system;
    },
    memory: () => process.memoryUsage(),
    virtualBytes: () => numberIn('/proc/self/status', /^VmSize:\s+(\d+) kB$/m, 1024),
    openFiles: () => {
      try {
        // Reading the directory opens one descriptor.
        return readdirSync('/proc/self/fd').length - 1;
      } catch {
        return undefined;
      }
    },
    maxFiles: () => numberIn('/proc/self/limits', /^Max open files\s+(\d+)/m, 1),
  };
}

function numberIn(file: string, pattern: RegExp, factor: number): number | undefined {
  try {
    const [, digits] = pattern.exec(readFileSync(file, 'utf8')) ?? [];
    return digits === undefined ? undefined : Number(digits) * factor;
  } catch {
    return undefined;
  }
}
