import { type FuzzTarget, must } from './target.ts';

/** Milliseconds of CPU that any input may take, and more for each KiB: some twenty times of what parsing and judging it needs. */
const limit = { fixedMs: 200, perKibMs: 1 } as const;

/** Runs after the first that must take too long as well, before an input is blamed for what the machine does. */
const confirmations = 3;

/**
 * The target with a further rule: the CPU time of an input is bounded by its size. Depends on the machine, so only campaigns use it; the
 * deterministic tests count executed code (work.slow.test.ts).
 */
export function withCpuLimit(target: FuzzTarget): FuzzTarget {
  return {
    ...target,
    check: async (input) => {
      const most = limit.fixedMs + (limit.perKibMs * input.length) / 1024;
      let best = await cpuMs(target, input);
      for (let run = 0; run < confirmations && best > most; run += 1) best = Math.min(best, await cpuMs(target, input));
      must(best <= most, 'too much CPU time', () => `${Math.round(best)} ms for ${input.length} bytes`);
    },
  };
}

async function cpuMs(target: FuzzTarget, input: Uint8Array): Promise<number> {
  const before = process.threadCpuUsage();
  await target.check(input);
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}
