/** Numbers of requests, from the metrics of the API server. */
export type Requests = ReadonlyMap<string, number>;

/** Parses `apiserver_request_total` by `VERB resource[/subresource]`, summed over codes and scopes. */
export function parseRequestCounts(metrics: string): Requests {
  const found = new Map<string, number>();
  for (const line of metrics.split('\n')) {
    const [, labels = '', value] = /^apiserver_request_total\{(.*)\} (\S+)$/.exec(line) ?? [];
    if (value === undefined) continue;
    const label = (name: string): string => new RegExp(`(?:^|,)${name}="([^"]*)"`).exec(labels)?.[1] ?? '';
    const subresource = label('subresource');
    const key = `${label('verb')} ${label('resource')}${subresource === '' ? '' : `/${subresource}`}`;
    found.set(key, (found.get(key) ?? 0) + Number(value));
  }
  return found;
}

/** Returns the difference of two readings. */
export function requestsBetween(before: Requests, after: Requests): Requests {
  return new Map(
    [...after].map(([key, value]) => [key, value - (before.get(key) ?? 0)] as const).filter(([, value]) => value > 0),
  );
}
