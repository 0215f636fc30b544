import { apiServerTargets } from '../gardener/dns-record.ts';
import { type KubeObject, quoted } from '../gardener/objects.ts';
import { apiServerAddresses } from '../network/api-server-addresses.ts';
import { errorsOf, warningsOf } from '../network/diagnostics.ts';
import type { Explanation } from '../network/explain.ts';
import { plan, pluginFor } from '../network/plan.ts';
import type { Lookup, NetworkPlugin, PlanResult, PlanTools } from '../network/plugin.ts';
import { withCapacityFindings } from './capacity.ts';
import { type OfflineResult, planComplete } from './completeness.ts';
import { gardenerFindings, withFindings } from './gardener-rules.ts';
import { offlineWebhook } from './offline-webhook.ts';
import type { OperatorSettings } from './options.ts';
import { presentObjects, type Subject } from './subjects.ts';

interface PlannerInput {
  readonly plugins: readonly NetworkPlugin[];
  /** Feature gates that differ from their defaults. */
  readonly gates: Readonly<Record<string, boolean>>;
  /** The objects of `--shoot-objects`. */
  readonly shoot: readonly KubeObject[] | undefined;
  readonly tools: PlanTools;
}

interface PlanSubject extends PlannerInput {
  readonly subject: Subject;
}

/**
 * Returns the function that plans a subject of the input as the controller would, with the findings of the admission and of Gardener's API server
 * beside those of the plan.
 */
export function createPlanner(input: PlannerInput): (subject: Subject) => OfflineResult {
  return (subject) =>
    withFindings(
      planComplete(subject, {
        plan: (one) => planSubject({ ...input, subject: one }),
        rules: pluginFor(input.plugins, subject.network.spec.type)?.rules ?? {},
      }),
      { subject: subject.name, findings: gardenerFindings({ sources: subject.sources, plugins: input.plugins }) },
    );
}

interface ExplainerInput extends Omit<PlannerInput, 'tools'> {
  /** The settings of operators, by network type. */
  readonly operator: readonly OperatorSettings[];
}

/** Returns the function that explains the values in effect for a subject; it returns undefined for a network type of another extension. */
export function createExplainer(input: ExplainerInput): (subject: Subject) => Explanation | undefined {
  return (subject) => explainSubject({ ...input, subject });
}

function explainSubject({
  subject,
  plugins,
  gates,
  shoot,
  operator,
}: ExplainerInput & { readonly subject: Subject }): Explanation | undefined {
  const { network, cluster } = subject;
  const operatorDefaults = operator.find(({ type }) => type === network.spec.type)?.operatorDefaults;
  const plugin = pluginFor(plugins, network.spec.type);
  const context = { currentObjects: storedObjects(subject, plugin), shoot: observedObjects(shoot) };
  return plugin?.explain(plugin.decode({ network, cluster, featureGates: gates, operatorDefaults }), context);
}

function storedObjects(subject: Subject, plugin: NetworkPlugin | undefined): Lookup<readonly KubeObject[]> {
  return plugin === undefined ? { available: true, value: [] } : presentObjects(subject, plugin.managedResource);
}

function observedObjects(shoot: PlanSubject['shoot']): Lookup<readonly KubeObject[]> {
  return shoot === undefined
    ? { available: false, reason: 'no objects of the shoot in the input (--shoot-objects)' }
    : { available: true, value: shoot };
}

function planSubject({ subject, plugins, gates, shoot, tools }: PlanSubject): PlanResult {
  const plugin = pluginFor(plugins, subject.network.spec.type);
  const webhook = offlineWebhook(plugin);
  const addresses = offlineAddresses(subject.seedObjects);
  const result = plan(
    {
      plugins,
      network: subject.network,
      cluster: subject.cluster,
      featureGates: gates,
      currentObjects: storedObjects(subject, plugin),
      shoot: observedObjects(shoot),
      apiServerAddresses: addresses,
      ...(webhook && { webhook }),
      offline: true,
    },
    tools,
  );
  return withCapacityFindings(rejectNew({ subject, plugin, gates, result }), subject.cluster);
}

/** A new Shoot that the admission would reject has no plan, although the controller still plans for a stored one with the same options. */
function rejectNew(input: {
  readonly subject: Subject;
  readonly plugin: NetworkPlugin | undefined;
  readonly gates: PlanSubject['gates'];
  readonly result: PlanResult;
}): PlanResult {
  const { subject, plugin, gates, result } = input;
  if (!subject.isNew || plugin?.checkNew === undefined || result.outcome === 'refused') return result;
  const { network, cluster } = subject;
  const errors = errorsOf(plugin.checkNew(plugin.decode({ network, cluster, featureGates: gates })));
  if (errors.length === 0) return result;
  const paths = new Set(errors.map(({ path }) => path));
  return {
    outcome: 'refused',
    diagnostics: [...errors, ...warningsOf(result.diagnostics).filter(({ path }) => !paths.has(path))],
  };
}

/** Those that the DNSRecords of the input contain; host names are not resolved. */
function offlineAddresses(objects: readonly KubeObject[]): Lookup<readonly string[]> {
  const targets = apiServerTargets(objects);
  const [host] = targets.hosts;
  if (host !== undefined)
    return { available: false, reason: `host names such as ${quoted(host)} are not resolved offline` };
  return apiServerAddresses(targets, []);
}
