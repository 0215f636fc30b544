/**
 * Further options of the agents: those of Cilium's command line that providerConfig may set. An option is on the list only if no value in its range
 * changes addresses, routes, encapsulation or the size of a table of connections, and if agents start with each value, whatever else is
 * configured. Names and units are Cilium's.
 */
import * as z from 'zod';
import { flag, oneOf, text } from '../../network/config-schema.ts';
import { field } from '../../network/field.ts';
import { canonicalDuration, parseDuration } from './duration.ts';

const between = (range: readonly [least: number, most: number], about: string) =>
  z.int().min(range[0]).max(range[1]).nullish().describe(`${about} ${range[0]} to ${range[1]}.`);

export const agentOptionFields = {
  'k8s-client-qps': between([1, 1000], 'Requests per second of an agent to the API server.'),
  'k8s-client-burst': between([1, 2000], 'Requests of an agent to the API server at once.'),
  'bpf-lb-algorithm': oneOf(
    ['random', 'maglev'],
    'How a backend of a Service is chosen for a new connection; requires Cilium in place of kube-proxy.',
  ),
  'monitor-aggregation': oneOf(
    ['none', 'low', 'medium', 'maximum'],
    'How many packets of a connection cause an event.',
  ),
  'monitor-aggregation-interval': text('Time between events of a connection with aggregation medium or maximum.'),
  'hubble-event-buffer-capacity': between(
    [1, 65_535],
    'Flows that an agent holds for Hubble, one less than a power of two.',
  ),
  'enable-health-checking': flag('Agents probe each other, for the connectivity status of nodes.'),
  'tofqdns-min-ttl': between([0, 86_400], 'Seconds for which policies use the result of a DNS request at least.'),
  'tofqdns-endpoint-max-ip-per-hostname': between(
    [50, 10_000],
    'Addresses that are retained per DNS name and pod for policies.',
  ),
  'tofqdns-idle-connection-grace-period': text('Time for which policies retain addresses of idle connections.'),
  'tofqdns-proxy-response-max-delay': text('Time for which a DNS response is held until policies know its addresses.'),
} as const;

export type AgentOptions = Partial<z.infer<z.ZodObject<typeof agentOptionFields>>>;

/** Returns the options that are set, as keys of the agents' configuration. */
export function agentOptionKeys(options: AgentOptions): Readonly<Record<string, string | number | boolean>> {
  return Object.fromEntries(
    Object.entries(options).flatMap(([name, value]) => {
      if (value === undefined || value === null) return [];
      return [[name, name in durations ? canonicalDuration(String(value)) : value]];
    }),
  );
}

/** Durations in seconds, from Cilium's defaults to the longest that has a use. */
const durations = {
  'monitor-aggregation-interval': [1, 3600],
  'tofqdns-idle-connection-grace-period': [0, 86_400],
  'tofqdns-proxy-response-max-delay': [0, 10],
} as const satisfies Partial<Record<keyof AgentOptions, readonly [number, number]>>;

/** Returns the values that the schema cannot exclude, as name and message. */
export function agentOptionProblems(options: AgentOptions): readonly (readonly [name: string, message: string])[] {
  const found: (readonly [string, string])[] = [];
  for (const [name, [least, most]] of Object.entries(durations)) {
    const given = options[name as keyof typeof durations];
    if (typeof given !== 'string') continue;
    const seconds = Number(parseDuration(given) ?? -1n) / 1e9;
    if (seconds < least || seconds > most)
      found.push([name, field.invalid(given, `must be a duration from ${least}s to ${most}s, such as "5s"`)]);
  }
  const capacity = options['hubble-event-buffer-capacity'];
  if (typeof capacity === 'number' && !Number.isInteger(Math.log2(capacity + 1)))
    found.push([
      'hubble-event-buffer-capacity',
      field.invalid(capacity, 'must be one less than a power of two, such as 4095'),
    ]);
  return found;
}
