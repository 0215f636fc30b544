import type { EventOutcome } from '../../../pkg/kubernetes/events/events.ts';
import type { Diagnostic, DiagnosticRules } from '../../../pkg/network/diagnostics.ts';
import type { NetworkFacts } from '../../seed/facts.ts';
import type { MetricsContext } from './instruments.ts';

export interface NetworkMetricsInput {
  readonly types: readonly string[];
  readonly rules: DiagnosticRules;
}

export interface NetworkMetrics {
  /** Counts the findings of one plan and observes its duration. */
  readonly onPlan: (plan: {
    readonly type: string;
    readonly diagnostics: readonly Diagnostic[];
    readonly ms: number;
  }) => void;
  /** Observer of `createCharts`. */
  readonly rendered: (from: 'hit' | 'miss') => void;
  /** Observer of the recorder of Events. */
  readonly event: (outcome: EventOutcome) => void;
  /** Sets the source of the states: all watched Networks. */
  measure(networks: () => Iterable<NetworkFacts>): void;
}

/** Creates the metrics about Networks and their configurations. */
export function networkMetrics(context: MetricsContext, { types, rules }: NetworkMetricsInput): NetworkMetrics {
  const { instruments } = context;
  const render = instruments.histogram('gardener_extension_network_render_seconds');
  const cache = instruments.counter('gardener_extension_network_template_cache_total');
  const events = instruments.counter('gardener_extension_network_events_total');
  const problems = instruments.counter('gardener_extension_network_configuration_problems_total');
  const warnings = instruments.counter('gardener_extension_network_configuration_warnings_total');
  const counterFor = ({ severity }: Pick<Diagnostic, 'severity'>): typeof problems =>
    severity === 'error' ? problems : warnings;
  for (const type of types) render.zero({ type });
  for (const result of ['hit', 'miss']) cache.inc({ result }, 0);
  for (const result of eventOutcomes) events.inc({ result }, 0);
  for (const [code, rule] of Object.entries(rules)) counterFor(rule).inc({ code }, 0);
  const set = stateGauge(context, types);
  set([]);

  return {
    onPlan: ({ type, diagnostics, ms }) => {
      render.observe({ type }, ms / 1000);
      // A code counts once per plan, whatever the number of its fields.
      const codes = new Map(diagnostics.map((one) => [one.code, one]));
      for (const [code, one] of codes) counterFor(one).inc({ code });
    },
    rendered: (result) => cache.inc({ result }),
    event: (result) => events.inc({ result }),
    measure: (networks) => context.measure(() => set(networks())),
  };
}

const eventOutcomes: readonly EventOutcome[] = ['written', 'repeated', 'dropped', 'failed'];

const states = ['succeeded', 'processing', 'error', 'refused', 'deleting', 'new'] as const;

function stateGauge({ instruments }: MetricsContext, types: readonly string[]) {
  const gauge = instruments.gauge('gardener_extension_network_networks');
  return (networks: Iterable<NetworkFacts>): void => {
    const counts = new Map<string, number>();
    for (const facts of networks) {
      const key = `${facts.type}/${networkState(facts)}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    for (const type of types)
      for (const state of states) gauge.set({ type, state }, counts.get(`${type}/${state}`) ?? 0);
  };
}

/** A deletion takes precedence over the last operation, and a refused configuration over its error. */
function networkState({ deleting, last, configurationProblem }: NetworkFacts): (typeof states)[number] {
  if (deleting) return 'deleting';
  if (configurationProblem) return 'refused';
  if (last === undefined) return 'new';
  if (last.state === 'Succeeded') return 'succeeded';
  return last.state === 'Processing' ? 'processing' : 'error';
}
