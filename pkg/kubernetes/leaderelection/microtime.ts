/**
 * `MicroTime` of the Kubernetes API, the format of times in Leases: RFC 3339 in UTC with exactly six fraction digits.
 * The API server rejects three digits, as toISOString returns them, with 400.
 */

/** Formats milliseconds since the epoch. Throws a RangeError for years outside of 0 to 9999. */
export function formatMicroTime(ms: number): string {
  const text = new Date(ms).toISOString();
  if (text.length !== 'YYYY-MM-DDTHH:mm:ss.sssZ'.length) throw new RangeError(`${text} is not in the years 0 to 9999`);
  return text.replace('Z', '000Z');
}

/** Parses RFC 3339 with any number of fraction digits to milliseconds; returns undefined for anything else. */
export function parseMicroTime(text: unknown): number | undefined {
  if (typeof text !== 'string' || !rfc3339.test(text)) return undefined;
  const ms = Date.parse(text.replace(/(\.\d{3})\d+/, '$1'));
  return Number.isNaN(ms) ? undefined : ms;
}

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
