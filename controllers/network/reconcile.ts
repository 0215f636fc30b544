import { shootOfCluster } from '../../pkg/gardener/cluster.ts';
import { networkFinalizer } from '../../pkg/gardener/constants.ts';
import type { Network, OperationType } from '../../pkg/gardener/network.ts';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import { type Diagnostic, describe, errorsOf } from '../../pkg/network/diagnostics.ts';
import type { NetworkPlan, NetworkPlugin, PlanResult } from '../../pkg/network/plugin.ts';
import { applyChanges } from './apply.ts';
import { type Changes, changesOf } from './changes.ts';
import type { NetworkContext, Outcome } from './context.ts';
import { factsOf } from './facts.ts';
import { observeSeed, presentObjects, type Seed, secretNamesOf } from './observe.ts';
import { resources } from './resources.ts';
import { failed, processing, type StatusInput, succeeded, waiting } from './status.ts';
import type { NetworkWriter } from './writer.ts';

export interface ReconcileInput {
  readonly context: NetworkContext;
  readonly plugin: NetworkPlugin;
  readonly writer: NetworkWriter;
  readonly operation: OperationType;
  readonly signal: AbortSignal;
}

/** Findings that one status names. */
const mostFindings = 20;

/** How long a plan that waits is left alone. */
const waitingDelay = 10_000;

/**
 * Create, reconcile and restore (design.md §4): everything is read and planned before the first write; without a difference only the
 * status is answered. Throws Outdated, API errors, and nothing for bad configuration.
 */
export async function reconcileNetwork(input: ReconcileInput): Promise<Outcome> {
  const { context, plugin, writer } = input;
  const { namespace = '' } = writer.network.metadata;
  const names = plugin.seedObjectNames;
  const seed = await observeSeed({ client: context.client, namespace, plugin, names, fresh: isFresh(input) });
  if (seed.cluster === undefined) throw new Error(`Cluster ${namespace} does not exist`);
  if (shootOfCluster(seed.cluster)?.failed === true) return { done: true, result: 'skipped' };
  const result = await planNetwork(input, seed);
  logWarnings(context, writer.network, result.diagnostics);
  if (result.outcome === 'refused') return refuse(input, result.diagnostics);
  if (result.outcome === 'waiting') return wait(input, problemText(result.diagnostics));
  // The resource manager goes on deleting, whatever the spec says by now, and a keepObjects of a migration must not be taken back under it.
  if (seed.managedResource?.metadata.deletionTimestamp !== undefined)
    return wait(input, `waiting until ManagedResource ${plugin.managedResource}, which is being deleted, is gone`);
  return applyPlan(input, { plan: result.plan, seed });
}

/** Never touched by us or the Go extension. A feature gate may depend on what is there, so it is looked at then. */
function isFresh({ context, plugin, writer }: ReconcileInput): boolean {
  return factsOf(writer.network).last === undefined && !hasFinalizer(writer.network) && !usesGates(context, plugin);
}

function usesGates({ featureGates }: NetworkContext, plugin: NetworkPlugin): boolean {
  return Object.keys(plugin.featureGates).some((gate) => featureGates[gate] === true);
}

async function planNetwork({ context, plugin, writer, signal }: ReconcileInput, seed: Seed): Promise<PlanResult> {
  const network = writer.network as unknown as Network;
  const { namespace } = network.metadata;
  const { featureGates, client } = context;
  const present =
    plugin.needsPresent === true || usesGates(context, plugin)
      ? await presentObjects({ client, namespace }, seed.managedResource)
      : { known: false as const, reason: 'not needed' };
  const planInput = { network, cluster: seed.cluster, featureGates, present };
  const queries = plugin.shootQueries(planInput);
  const shoot =
    queries.length === 0
      ? { known: false as const, reason: 'not needed' }
      : await context.readShoot({ namespace, queries, signal });
  return plugin.plan({ ...planInput, shoot }, context.tools);
}

async function applyPlan(
  input: ReconcileInput,
  { plan, seed }: { readonly plan: NetworkPlan; readonly seed: Seed },
): Promise<Outcome> {
  const { context, writer, operation } = input;
  const { client, clock } = context;
  const { namespace = '' } = writer.network.metadata;
  const bundle = context.bundle({ plan: plan.managedResource, namespace });
  const refers = secretNamesOf(seed.managedResource).includes(bundle.secretName);
  const secret = refers
    ? await client.find({ resource: resources.secrets, namespace, name: bundle.secretName })
    : undefined;
  const changes = changesOf({ plan, bundle, seed, secret });
  const status = (): StatusInput => ({ network: writer.network, operation, now: clock.now() });
  const changed = isChange(changes) || !hasFinalizer(writer.network);
  if (changed) {
    await writer.status(processing(status()));
    await writer.begin();
    await applyChanges({ client, bundle, changes, secret });
  }
  const final = succeeded(status(), plan.status);
  await writer.status(final);
  await writer.finish(operation === 'Restore' ? 'restore' : 'reconcile');
  return { done: true, result: changed || final !== undefined ? 'succeeded' : 'unchanged' };
}

/** Bad configuration: every finding in lastError, the last good state stays. Repeating the run would change nothing. */
async function refuse(
  { context, writer, operation }: ReconcileInput,
  diagnostics: readonly Diagnostic[],
): Promise<Outcome> {
  const message = problemText(diagnostics);
  await writer.status(
    failed({ network: writer.network, operation, now: context.clock.now() }, { message, configuration: true }),
  );
  await writer.finish('reconcile');
  return { done: true, result: 'refused' };
}

async function wait({ context, writer, operation }: ReconcileInput, note: string): Promise<Outcome> {
  await writer.status(waiting({ network: writer.network, operation, now: context.clock.now() }, note));
  return { done: false, requeueAfter: waitingDelay, result: 'waiting' };
}

/** All errors in one text, as Kubernetes prints an aggregate. */
function problemText(diagnostics: readonly Diagnostic[]): string {
  const texts = errorsOf(diagnostics).map((one) =>
    one.object.startsWith('Network ') ? describe(one) : `${one.object}: ${describe(one)}`,
  );
  if (texts.length === 1) return texts[0] ?? '';
  // A status is stored in etcd and shown on dashboards; netext validate lists all of them.
  const more = texts.length > mostFindings ? [`and ${texts.length - mostFindings} more`] : [];
  return `[${[...texts.slice(0, mostFindings), ...more].join(', ')}]`;
}

function logWarnings({ log }: NetworkContext, network: KubeObject, diagnostics: readonly Diagnostic[]): void {
  const { namespace, name } = network.metadata;
  for (const { code, severity, path, message } of diagnostics) {
    if (severity === 'warning')
      log.info(
        { controller: 'network', object: { namespace, name }, code, path, detail: message },
        'Configuration warning',
      );
  }
}

function isChange(changes: Changes): boolean {
  return changes.secret === 'ensure' || changes.rest.length > 0;
}

function hasFinalizer(network: KubeObject): boolean {
  return network.metadata.finalizers?.includes(networkFinalizer) ?? false;
}
