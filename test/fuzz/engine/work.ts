import { type FuzzTarget, must } from './target.ts';

/** Runs after the first that must take too long as well, before an input is blamed for what the machine does. */
const confirmations = 3;

/**
 * The target with a further rule: the CPU time of an input is at most what the target names for its size. Depends on the machine, so only campaigns use it; the
 * deterministic tests count executed code (work.slow.test.ts).
 */
export function withCpuLimit(target: FuzzTarget): FuzzTarget {
  const { mostCpuMs } = target;
  if (mostCpuMs === undefined) return target;
  return {
    ...target,
    check: async (input) => {
      const most = mostCpuMs(input.length);
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
