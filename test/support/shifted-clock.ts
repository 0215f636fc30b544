/** Returns a flag of Node that sets the clock of a process forward, or back with a negative number of hours. Timers are not affected. */
export function shiftedClock(hours: number): string {
  const script = `const { now } = Date; Date.now = () => now() + ${hours * 3_600_000};`;
  return `--import=data:text/javascript,${encodeURIComponent(script)}`;
}
