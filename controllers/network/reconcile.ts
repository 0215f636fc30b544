import { clusterShootFacts } from '../../pkg/gardener/cluster.ts';
import { networkFinalizer } from '../../pkg/gardener/constants.ts';
import type { Network } from '../../pkg/gardener/network.ts';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import type { RenderedManagedResource } from '../../pkg/managedresource/build.ts';
import { readPresentObjects, referencedSecrets } from '../../pkg/managedresource/present.ts';
import { aggregate, type Diagnostic, describe, errorsOf, warningsOf } from '../../pkg/network/diagnostics.ts';
import { checkedResult } from '../../pkg/network/list-check.ts';
import type { AnnotationPlan, NetworkPlugin, PlanResult } from '../../pkg/network/plugin.ts';
import { resources } from '../resources.ts';
import { applyChanges } from '../seed/apply.ts';
import { type Changes, computeChanges, unchangedContents, type WantedSecret } from '../seed/changes.ts';
import { readFacts } from '../seed/facts.ts';
import { findWithMemo, observeSeed, readSecrets, type Seed, type StoredSecrets } from '../seed/observe.ts';
import { formatTime } from '../seed/time.ts';
import type { NetworkContext, NetworkRun, Outcome } from './context.ts';
import { findingEvents } from './events.ts';
import { endRequest, measureWait, startRequest } from './long-wait.ts';
import { otherOwner } from './other-network.ts';
import { failedPatch, processingPatch, type StatusInput, succeededPatch, type Wait, waitingPatch } from './status.ts';

/**
 * Creates, reconciles or restores a Network (docs/design/life-cycle.md#order-of-writes). Everything is read and planned before the first write;
 * without a difference only the status is written. Throws Outdated and API errors. A bad configuration is an outcome, not an error.
 */
export async function reconcileNetwork(run: NetworkRun): Promise<Outcome> {
  startRequest(run);
  const outcome = await reconcileRequest(run);
  if (outcome.done) endRequest(run);
  return outcome;
}

async function reconcileRequest(input: NetworkRun): Promise<Outcome> {
  const { context, plugin, writer } = input;
  const { namespace = '' } = writer.network.metadata;
  const names = plugin.seedObjectNames;
  const seed = await observeSeed({
    client: context.client,
    namespace,
    plugin,
    names,
    memo: context.memo,
    isNew: isNew(input),
  });
  if (seed.cluster === undefined) throw new Error(`Cluster ${namespace} does not exist`);
  if (clusterShootFacts(seed.cluster)?.failed === true) return { done: true, result: 'skipped' };
  if (!hasFinalizer(writer.network)) await assertFree(input);
  const secrets = await readCurrentSecrets(input, seed);
  const { result, annotations } = await planNetwork(input, { seed, secrets });
  const changeWarnings = result.outcome === 'planned' ? (result.changeWarnings ?? []) : [];
  report(context, writer.network, [...result.diagnostics, ...changeWarnings]);
  // The errors of a plan that waits are about the shoot, not about the configuration.
  input.onEvaluated(result.outcome === 'refused' ? result.diagnostics : warningsOf(result.diagnostics));
  if (result.outcome === 'refused') return refuse(input, result.diagnostics);
  const { diagnostics } = result;
  if (result.outcome === 'waiting') return wait(input, { note: problemText(diagnostics), diagnostics });
  // The resource manager continues the deletion whatever the spec says, and a keepObjects of a migration must not be reset meanwhile.
  const deleted = [...seed.managedResources.values()].find(({ metadata }) => metadata.deletionTimestamp !== undefined);
  if (deleted !== undefined) {
    const note = `waiting for the deletion of ManagedResource ${deleted.metadata.name}`;
    return wait(input, { note, diagnostics });
  }
  return applyPlan(input, { ...result, annotations, seed, secrets });
}

/** Throws when another Network owns the objects that this one would create. */
async function assertFree(run: NetworkRun): Promise<void> {
  const other = await otherOwner(run);
  if (other === undefined) return;
  const { type } = run.plugin;
  throw new Error(`the namespace has another Network of type ${type}, ${other}, which owns the objects for the shoot`);
}

/** Whether neither we nor the Go extension reconciled it. A feature gate may depend on existing objects, which then have to be read. */
function isNew({ context, plugin, writer }: NetworkRun): boolean {
  return readFacts(writer.network).last === undefined && !hasFinalizer(writer.network) && !usesGates(context, plugin);
}

function usesGates({ featureGates }: NetworkContext, plugin: NetworkPlugin): boolean {
  return Object.keys(plugin.featureGates).some((gate) => featureGates[gate] === true);
}

type Planned = Extract<PlanResult, { readonly outcome: 'planned' | 'postponed' }>;

interface Stored {
  readonly seed: Seed;
  readonly secrets: StoredSecrets;
}

/** Reads the Secrets of the current ManagedResource if the plan depends on its objects. */
async function readCurrentSecrets({ context, plugin, writer }: NetworkRun, seed: Seed): Promise<StoredSecrets> {
  if (!requiresCurrentObjects(context, plugin)) return new Map();
  const { namespace = '' } = writer.network.metadata;
  const names = referencedSecrets(seed.managedResources.get(plugin.managedResource));
  return readSecrets({ client: context.client, namespace }, names);
}

function requiresCurrentObjects(context: NetworkContext, plugin: NetworkPlugin): boolean {
  return plugin.requiresCurrentObjects === true || usesGates(context, plugin);
}

interface PlanWithAnnotations {
  readonly result: PlanResult;
  /** To add to the Network. */
  readonly annotations: AnnotationPlan['annotations'];
}

async function planNetwork(run: NetworkRun, { seed, secrets }: Stored): Promise<PlanWithAnnotations> {
  const { context, plugin, writer, operation, signal } = run;
  const network = writer.network as unknown as Network;
  const { namespace } = network.metadata;
  const { clock, featureGates, onPlan, tools } = context;
  const currentObjects = requiresCurrentObjects(context, plugin)
    ? readPresentObjects({ managedResource: seed.managedResources.get(plugin.managedResource), secrets })
    : { available: false as const, reason: 'not needed' };
  const webhook = plugin.shootWebhook === undefined ? undefined : context.webhookTarget(namespace);
  const operatorDefaults = context.operatorDefaults[plugin.type];
  const stored = plugin.decode({ network, cluster: seed.cluster, featureGates, operatorDefaults });
  const time = formatTime(clock.now());
  const { annotations, checks } = plugin.planAnnotations?.(stored, { operation, time }) ?? noAnnotations;
  const decoded = { ...stored, network: annotated(network, annotations) };
  const queries = plugin.queries(decoded, { currentObjects });
  const notNeeded = { available: false, reason: 'not needed' } as const;
  const ofShoot = [...queries.shoot, ...checks];
  const [shoot, apiServerAddresses] = await Promise.all([
    ofShoot.length === 0 ? notNeeded : context.readShoot({ namespace, queries: ofShoot, signal }),
    queries.apiServerAddresses ? context.readApiServerAddresses({ namespace, signal }) : notNeeded,
  ]);
  const startedAt = clock.monotonic();
  const planContext = { currentObjects, shoot, apiServerAddresses, ...(webhook === undefined ? {} : { webhook }) };
  const planned = plugin.plan(decoded, planContext, tools);
  const result = checkedResult(planned, { network, checks, shoot });
  onPlan({ type: plugin.type, diagnostics: result.diagnostics, ms: clock.monotonic() - startedAt });
  return { result, annotations };
}

const noAnnotations: AnnotationPlan = { annotations: {}, checks: [] };

function annotated(network: Network, added: AnnotationPlan['annotations']): Network {
  const { metadata } = network;
  return { ...network, metadata: { ...metadata, annotations: { ...metadata.annotations, ...added } } };
}

/**
 * Writes the plan. Annotations from which objects are rendered are stored before these, so that a run after a crash renders the same objects
 * (docs/design/life-cycle.md#order-of-writes).
 */
async function applyPlan(
  input: NetworkRun,
  { plan, diagnostics, annotations, ...stored }: Stored & Planned & Pick<PlanWithAnnotations, 'annotations'>,
): Promise<Outcome> {
  const { context, plugin, writer, operation } = input;
  const { client, clock, memo } = context;
  const { namespace = '' } = writer.network.metadata;
  const wanted = await renderSecrets(input, { plan, ...stored });
  const compared = { plan, wanted, seed: stored.seed };
  const changes = computeChanges(compared);
  for (const { object, content } of unchangedContents(compared, changes)) memo.add(object, content);
  const status = (): StatusInput => ({ network: writer.network, operation, now: clock.now() });
  const changed = isChange(changes) || !hasFinalizer(writer.network) || Object.keys(annotations).length > 0;
  if (changed) {
    await writer.status(processingPatch(status()));
    await writer.begin(annotations);
    await applyChanges({ client, clock, changes, memo });
  }
  // Last: gardenlet deploys NodeLocalDNS after the Network is ready, and the agents do not need the webhook.
  if (plugin.shootWebhook !== undefined) await context.ensureSelfHostedWebhook(namespace);
  const patch = succeededPatch(status(), { status: plan.status, findings: diagnostics });
  await writer.status(patch);
  await writer.finish(operation === 'Restore' ? 'restore' : 'reconcile');
  return { done: true, result: changed || patch !== undefined ? 'succeeded' : 'unchanged' };
}

/** Renders the Secrets of the plan, and reads those that exist. One that no ManagedResource refers to is not read: creating it shows whether it exists. */
async function renderSecrets(
  { context, writer }: NetworkRun,
  { plan, seed, secrets }: Stored & Pick<Planned, 'plan'>,
): Promise<readonly WantedSecret[]> {
  const { namespace = '' } = writer.network.metadata;
  const plans = ['managedResource' in plan ? plan.managedResource : undefined, plan.webhookResource];
  const rendered = plans
    .filter((one) => one !== undefined)
    .map((one) => context.buildResource({ plan: one, namespace }));
  const referred = rendered.filter(({ managedResource, secretName }) =>
    referencedSecrets(seed.managedResources.get(managedResource.metadata.name)).includes(secretName),
  );
  const { client, memo } = context;
  const find = async (one: RenderedManagedResource): Promise<WantedSecret> => {
    const name = one.secretName;
    if (!referred.includes(one)) return { rendered: one, stored: undefined };
    const target = { resource: resources.secrets, kind: 'Secret', namespace, name };
    const read = secrets.get(name);
    if (read !== undefined) {
      const known = memo.find(target);
      return { rendered: one, stored: read, content: known?.isOf(read) === true ? known : undefined };
    }
    if (secrets.has(name)) return { rendered: one, stored: undefined };
    const found = await findWithMemo({ client, memo, target });
    return { rendered: one, stored: found?.object, content: found?.content };
  };
  return Promise.all(rendered.map(find));
}

/** Reports every error in lastError and changes no object. A retry without another configuration would have the same result. */
async function refuse(
  { context, writer, operation }: NetworkRun,
  diagnostics: readonly Diagnostic[],
): Promise<Outcome> {
  const message = problemText(diagnostics);
  await writer.status(
    failedPatch(
      { network: writer.network, operation, now: context.clock.now() },
      { message, refused: true, findings: diagnostics },
    ),
  );
  await writer.finish('reconcile');
  return { done: true, result: 'refused' };
}

async function wait(run: NetworkRun, cause: Omit<Wait, 'isLong'>): Promise<Outcome> {
  const { context, writer, operation } = run;
  const { isLong, requeueAfter } = measureWait(run);
  const status = { network: writer.network, operation, now: context.clock.now() };
  await writer.status(waitingPatch(status, { ...cause, isLong }));
  return { done: false, requeueAfter, result: 'waiting' };
}

/** Joins the errors in one bounded text, since etcd stores it and dashboards show it. */
function problemText(diagnostics: readonly Diagnostic[]): string {
  const texts = errorsOf(diagnostics).map((one) =>
    one.object.startsWith('Network ') ? describe(one) : `${one.object}: ${describe(one)}`,
  );
  return aggregate(texts);
}

/** Reports findings as Events of the Network and in the log. */
function report({ log, events }: NetworkContext, network: KubeObject, diagnostics: readonly Diagnostic[]): void {
  for (const event of findingEvents(network, diagnostics)) events.record(event);
  for (const { code, severity, path, message } of diagnostics)
    if (severity === 'warning') log.info({ code, path, detail: message }, 'Configuration warning');
}

function isChange(changes: Changes): boolean {
  return changes.secrets.length > 0 || changes.objects.length > 0;
}

function hasFinalizer(network: KubeObject): boolean {
  return network.metadata.finalizers?.includes(networkFinalizer) ?? false;
}
