/**
 * Returns a flag of Node that moves the clocks of a process forward by the milliseconds in a file, as after a long stop. Timers are not
 * affected.
 */
export function jumpingClock(file: string): string {
  const script = `
    import { readFileSync } from 'node:fs';
    const jump = () => { try { return Number(readFileSync(${JSON.stringify(file)}, 'utf8')); } catch { return 0; } };
    const { now } = Date;
    const monotonic = performance.now.bind(performance);
    Date.now = () => now() + jump();
    performance.now = () => monotonic() + jump();`;
  return `--import=data:text/javascript,${encodeURIComponent(script)}`;
}
