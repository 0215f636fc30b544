/**
 * Returns the milliseconds of an RFC 3339 time, cut to seconds as gardenlet compares it (docs/design/gardener.md#readiness); undefined for
 * anything else. Date.parse alone takes `1` for a year. A time after the year 9999 counts as none, because the API server would not accept
 * it in a status.
 */
export function parseTime(time: unknown): number | undefined {
  const parsed = typeof time === 'string' && rfc3339.test(time) ? Date.parse(time) : Number.NaN;
  return Number.isNaN(parsed) || parsed > latest ? undefined : Math.floor(parsed / 1000) * 1000;
}

const rfc3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;
const latest = Date.UTC(9999, 11, 31, 23, 59, 59);

/** Formats milliseconds as `metav1.Time` does: RFC 3339 in UTC, cut to seconds. */
export function formatTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
