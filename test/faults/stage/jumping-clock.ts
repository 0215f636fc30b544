/**
 * A flag of Node that moves all clocks of a process by the milliseconds that stand in a file, as if it had been stopped for so long; without the file they
 * go as ever. Timers are not affected.
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
