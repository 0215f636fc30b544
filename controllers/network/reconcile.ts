import { shootOfCluster } from '../../pkg/gardener/cluster.ts';
import { networkFinalizer } from '../../pkg/gardener/constants.ts';
import type { Network, OperationType } from '../../pkg/gardener/network.ts';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import { aggregate, type Diagnostic, describe, errorsOf } from '../../pkg/network/diagnostics.ts';
import type { NetworkPlugin, PlanResult } from '../../pkg/network/plugin.ts';
import { applyChanges } from '../seed/apply.ts';
import { type Changes, changesOf, type WantedSecret } from '../seed/changes.ts';
import { factsOf } from '../seed/facts.ts';
import {
  observeSeed,
  presentObjects,
  readSecrets,
  type Seed,
  type StoredSecrets,
  secretNamesOf,
} from '../seed/observe.ts';
import type { NetworkContext, Outcome } from './context.ts';
import { findingEvents } from './events.ts';
import { failed, processing, type StatusInput, succeeded, type Wait, waiting } from './status.ts';
import type { NetworkWriter } from './writer.ts';

export interface ReconcileInput {
  readonly context: NetworkContext;
  readonly plugin: NetworkPlugin;
  readonly writer: NetworkWriter;
  readonly operation: OperationType;
  readonly signal: AbortSignal;
}

/** How long a plan that waits is left alone. */
const waitingDelay = 10_000;

/**
 * Create, reconcile and restore (docs/design/life-cycle.md#order-of-writes): everything is read and planned before the first write; without a difference only the
 * status is answered. Throws Outdated, API errors, and nothing for bad configuration.
 */
export async function reconcileNetwork(input: ReconcileInput): Promise<Outcome> {
  const { context, plugin, writer } = input;
  const { namespace = '' } = writer.network.metadata;
  const names = plugin.seedObjectNames;
  const seed = await observeSeed({ client: context.client, namespace, plugin, names, fresh: isFresh(input) });
  if (seed.cluster === undefined) throw new Error(`Cluster ${namespace} does not exist`);
  if (shootOfCluster(seed.cluster)?.failed === true) return { done: true, result: 'skipped' };
  const secrets = await presentSecrets(input, seed);
  const result = await planNetwork(input, { seed, secrets });
  report(context, writer.network, result.diagnostics);
  if (result.outcome === 'refused') return refuse(input, result.diagnostics);
  const { diagnostics } = result;
  if (result.outcome === 'waiting') return wait(input, { note: problemText(diagnostics), diagnostics });
  // The resource manager goes on deleting, whatever the spec says by now, and a keepObjects of a migration must not be taken back under it.
  const going = [...seed.managedResources.values()].find(({ metadata }) => metadata.deletionTimestamp !== undefined);
  if (going !== undefined) {
    const note = `waiting until ManagedResource ${going.metadata.name}, which is being deleted, is gone`;
    return wait(input, { note, diagnostics });
  }
  return applyPlan(input, { ...result, seed, secrets });
}

/** Never touched by us or the Go extension. A feature gate may depend on what is there, so it is looked at then. */
function isFresh({ context, plugin, writer }: ReconcileInput): boolean {
  return factsOf(writer.network).last === undefined && !hasFinalizer(writer.network) && !usesGates(context, plugin);
}

function usesGates({ featureGates }: NetworkContext, plugin: NetworkPlugin): boolean {
  return Object.keys(plugin.featureGates).some((gate) => featureGates[gate] === true);
}

type Planned = Extract<PlanResult, { readonly outcome: 'planned' | 'postponed' }>;

interface Stored {
  readonly seed: Seed;
  readonly secrets: StoredSecrets;
}

/** The Secrets of what the shoot has been given so far, where the plan depends on it. */
async function presentSecrets({ context, plugin, writer }: ReconcileInput, seed: Seed): Promise<StoredSecrets> {
  if (!needsPresent(context, plugin)) return new Map();
  const { namespace = '' } = writer.network.metadata;
  const names = secretNamesOf(seed.managedResources.get(plugin.managedResource));
  return readSecrets({ client: context.client, namespace }, names);
}

function needsPresent(context: NetworkContext, plugin: NetworkPlugin): boolean {
  return plugin.needsPresent === true || usesGates(context, plugin);
}

async function planNetwork(
  { context, plugin, writer, signal }: ReconcileInput,
  { seed, secrets }: Stored,
): Promise<PlanResult> {
  const network = writer.network as unknown as Network;
  const { namespace } = network.metadata;
  const { featureGates } = context;
  const present = needsPresent(context, plugin)
    ? presentObjects(seed.managedResources.get(plugin.managedResource), secrets)
    : { known: false as const, reason: 'not needed' };
  const webhook = plugin.shootWebhook === undefined ? undefined : context.webhookTarget(namespace);
  const operatorDefaults = context.operatorDefaults[plugin.type];
  const decoded = plugin.decode({ network, cluster: seed.cluster, featureGates, operatorDefaults });
  const queries = plugin.queries(decoded, { present });
  const notNeeded = { known: false, reason: 'not needed' } as const;
  const [shoot, apiServerAddresses] = await Promise.all([
    queries.shoot.length === 0 ? notNeeded : context.readShoot({ namespace, queries: queries.shoot, signal }),
    queries.apiServerAddresses ? context.readApiServerAddresses({ namespace, signal }) : notNeeded,
  ]);
  const { clock, planned, tools } = context;
  const startedAt = clock.monotonic();
  const circumstances = { present, shoot, apiServerAddresses, ...(webhook === undefined ? {} : { webhook }) };
  const result = plugin.plan(decoded, circumstances, tools);
  planned({ type: plugin.type, diagnostics: result.diagnostics, ms: clock.monotonic() - startedAt });
  return result;
}

async function applyPlan(input: ReconcileInput, { plan, diagnostics, ...stored }: Stored & Planned): Promise<Outcome> {
  const { context, plugin, writer, operation } = input;
  const { client, clock } = context;
  const { namespace = '' } = writer.network.metadata;
  const changes = changesOf({ plan, wanted: await wantedSecrets(input, { plan, ...stored }), seed: stored.seed });
  const status = (): StatusInput => ({ network: writer.network, operation, now: clock.now() });
  const changed = isChange(changes) || !hasFinalizer(writer.network);
  if (changed) {
    await writer.status(processing(status()));
    await writer.begin();
    await applyChanges({ client, changes });
  }
  // NodeLocalDNS comes after a Network that is ready, and after the agents, which do not need the webhook.
  if (plugin.shootWebhook !== undefined) await context.settleWebhook(namespace);
  const final = succeeded(status(), { status: plan.status, diagnostics });
  await writer.status(final);
  await writer.finish(operation === 'Restore' ? 'restore' : 'reconcile');
  return { done: true, result: changed || final !== undefined ? 'succeeded' : 'unchanged' };
}

/** What the plan packs, beside what is stored of it. A Secret that nothing refers to yet is not looked for: creating it tells. */
async function wantedSecrets(
  { context, writer }: ReconcileInput,
  { plan, seed, secrets }: Stored & Pick<Planned, 'plan'>,
): Promise<readonly WantedSecret[]> {
  const { namespace = '' } = writer.network.metadata;
  const ofShoot = 'managedResource' in plan ? [plan.managedResource] : [];
  const plans = plan.webhookResource === undefined ? ofShoot : [...ofShoot, plan.webhookResource];
  const bundles = plans.map((one) => context.bundle({ plan: one, namespace }));
  const referred = bundles.filter(({ managedResource, secretName }) =>
    secretNamesOf(seed.managedResources.get(managedResource.metadata.name)).includes(secretName),
  );
  const unread = referred.map((one) => one.secretName).filter((name) => !secrets.has(name));
  const read = await readSecrets({ client: context.client, namespace }, unread);
  return bundles.map((bundle) => ({
    bundle,
    secret: referred.includes(bundle) ? (secrets.get(bundle.secretName) ?? read.get(bundle.secretName)) : undefined,
  }));
}

/** Bad configuration: every finding in lastError, the last good state stays. Repeating the run would change nothing. */
async function refuse(
  { context, writer, operation }: ReconcileInput,
  diagnostics: readonly Diagnostic[],
): Promise<Outcome> {
  const message = problemText(diagnostics);
  await writer.status(
    failed({ network: writer.network, operation, now: context.clock.now() }, { message, refused: diagnostics }),
  );
  await writer.finish('reconcile');
  return { done: true, result: 'refused' };
}

async function wait({ context, writer, operation }: ReconcileInput, what: Wait): Promise<Outcome> {
  await writer.status(waiting({ network: writer.network, operation, now: context.clock.now() }, what));
  return { done: false, requeueAfter: waitingDelay, result: 'waiting' };
}

/** The errors in one text, which is stored in etcd and shown on dashboards. */
function problemText(diagnostics: readonly Diagnostic[]): string {
  const texts = errorsOf(diagnostics).map((one) =>
    one.object.startsWith('Network ') ? describe(one) : `${one.object}: ${describe(one)}`,
  );
  return aggregate(texts);
}

/** What was found goes to whoever looks at the Network, and to the log. */
function report({ log, events }: NetworkContext, network: KubeObject, diagnostics: readonly Diagnostic[]): void {
  for (const event of findingEvents(network, diagnostics)) events.record(event);
  for (const { code, severity, path, message } of diagnostics)
    if (severity === 'warning') log.info({ code, path, detail: message }, 'Configuration warning');
}

function isChange(changes: Changes): boolean {
  return changes.secrets.length > 0 || changes.rest.length > 0;
}

function hasFinalizer(network: KubeObject): boolean {
  return network.metadata.finalizers?.includes(networkFinalizer) ?? false;
}
