/** A flag of Node that sets the clock of a process forward, or with a negative number of hours back; timers and durations are as ever. */
export function shiftedClock(hours: number): string {
  const script = `const { now } = Date; Date.now = () => now() + ${hours * 3_600_000};`;
  return `--import=data:text/javascript,${encodeURIComponent(script)}`;
}
