import assert from 'node:assert/strict';
import { createApiServerAddressReader } from '../../../controllers/network/api-server-addresses.ts';
import type { NetworkContext, Outcome } from '../../../controllers/network/context.ts';
import { runNetwork } from '../../../controllers/network/run.ts';
import { createShootReader } from '../../../controllers/network/shoot-reader.ts';
import { reasonToRun } from '../../../controllers/seed/decide.ts';
import { factsOf } from '../../../controllers/seed/facts.ts';
import { secretNamesOf } from '../../../controllers/seed/observe.ts';
import { resourceOfKind, resources } from '../../../controllers/seed/resources.ts';
import type { KubeObject } from '../../../pkg/gardener/objects.ts';
import type { KubeClient } from '../../../pkg/kubernetes/client/client.ts';
import { createBundler } from '../../../pkg/managedresource/build.ts';
import { defaultFeatureGates } from '../../../pkg/network/feature-gates.ts';
import type { NetworkPlugin, Observed, WebhookTarget } from '../../../pkg/network/plugin.ts';
import { createMemoryLogger, type FakeClock } from '../../doubles/fakeclock.ts';
import { planTools } from '../../support/planning.ts';
import { cnis } from './cni.ts';
import { type Fault, watchedClient } from './faults.ts';
import { type Named, networkName, type Result, type Scenario, type Step, webhookTarget } from './scenario.ts';

/** A seed, in memory or real, with a namespace of its own for one scenario. */
export interface World {
  readonly client: KubeClient;
  readonly namespace: string;
  /** The controller's clock. */
  readonly clock: FakeClock;
}

/** What one process of the controller did, from its start until it had nothing to do, waited for good, or ended. */
export interface Trace {
  readonly results: readonly Result[];
  readonly writes: readonly string[];
  readonly reads: { readonly beforeWriting: number; readonly all: number };
  readonly errors: readonly Error[];
  readonly killed: boolean;
}

export interface Play {
  /** Everything that happened before. */
  begin(): Promise<void>;
  /** In place of `begin`, where the seed holds it already: what is kept outside of it. */
  remember(): void;
  /** A controller is started and works on the Network as long as something stored asks for it; once in any case if `forced`. */
  run(options?: { readonly fault?: Fault; readonly forced?: boolean }): Promise<Trace>;
  take(steps: readonly Step[]): Promise<void>;
}

export const plugins: readonly NetworkPlugin[] = cnis.map((cni) => cni.plugin);

/** Rendering and packing are pure, so that what they remember may serve all processes. */
export const tools = planTools();
export const bundle = createBundler();

/** Puts a scenario on stage in a world; nothing happens before `begin`. */
export function stage(world: World, scenario: Scenario): Play {
  const { namespace, clock } = world;
  let shoot: Observed<readonly KubeObject[]> | undefined;
  let webhook: WebhookTarget | undefined = webhookTarget;
  let round = 0;

  async function begin(): Promise<void> {
    const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
    await world.client.create({ resource: namespaces, object });
    await take(scenario.given);
  }

  function remember(): void {
    for (const step of scenario.given) turn(step);
  }

  /** What is outside of the seed. */
  function turn(step: Step): void {
    if (step.do === 'shoot') shoot = step.answers;
    if (step.do === 'webhook') webhook = step.target;
  }

  async function take(steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      if (step.do === 'shoot' || step.do === 'webhook') turn(step);
      else if (step.do === 'reconcile') assert.equal((await run()).results.at(-1), step.until ?? 'succeeded');
      else if (step.do === 'pass') await clock.advance(step.seconds * 1000);
      else await change(world, step);
    }
  }

  async function run({ fault, forced = false }: Parameters<Play['run']>[0] = {}): Promise<Trace> {
    const watched = watchedClient(world.client, fault);
    const { gates } = scenario;
    const context = contextOf({ client: watched.client, clock, gates, shoot: () => shoot, webhook: () => webhook });
    const results: Result[] = [];
    const errors: Error[] = [];
    const isWanted = async (): Promise<boolean> =>
      (forced && results.length === 0) || (await reason(world)) !== undefined;
    while (await isWanted()) {
      assert.ok(results.length < 20, `no end of runs: ${results.join(', ')}`);
      const outcome = await attempt(context);
      // A process that reports its own failure may not notice that it is dead.
      if (watched.killed()) break;
      results.push(outcome instanceof Error ? 'threw' : outcome.result);
      if (outcome instanceof Error) errors.push(outcome);
      const disturbed = fault !== undefined && watched.writes.length >= fault.at && outcome instanceof Error;
      const others = disturbed ? undefined : scenario.meanwhile?.[round];
      if (others === undefined || isDone(outcome)) break;
      round += 1;
      await take(others);
    }
    return { results, errors, writes: watched.writes, reads: watched.reads(), killed: watched.killed() };
  }

  async function attempt(context: NetworkContext): Promise<Outcome | Error> {
    const { signal } = new AbortController();
    try {
      return await runNetwork(context, { key: `${namespace}/${networkName}`, signal });
    } catch (error) {
      assert.ok(error instanceof Error);
      return error;
    }
  }

  return { begin, remember, run, take };
}

/** New processes, until there is nothing to do; a work queue would try again as often. */
export async function goOn(play: Play, { expected }: Scenario): Promise<void> {
  const forced = expected.reason === undefined;
  for (let tries = 0; tries < 3; tries += 1) {
    const { results } = await play.run({ forced });
    if (results.at(-1) !== 'threw') return;
  }
  assert.fail('does not recover');
}

export interface ContextInput {
  readonly client: KubeClient;
  readonly clock: FakeClock;
  readonly gates?: Scenario['gates'];
  /** What the shoot answers; undefined: it is asked with the kubeconfig in the seed. */
  readonly shoot?: () => Observed<readonly KubeObject[]> | undefined;
  readonly webhook?: () => WebhookTarget | undefined;
}

/** What a process of the controller works with, for all CNIs at once. */
export function contextOf({
  client,
  clock,
  gates,
  shoot,
  webhook = () => webhookTarget,
}: ContextInput): NetworkContext {
  const log = createMemoryLogger();
  const secretNames = ['gardener-internal', 'gardener'];
  const ask = createShootReader({ seed: client, clock, random: () => 0, log, secretNames });
  return {
    client,
    clock,
    log,
    plugins,
    tools,
    bundle,
    webhookTarget: webhook,
    settleWebhook: () => Promise.resolve(),
    events: { record: () => undefined, idle: () => Promise.resolve() },
    planned: () => undefined,
    readApiServerAddresses: createApiServerAddressReader({ client, resolve: () => Promise.resolve([]) }),
    readShoot: async (query) => shoot?.() ?? (await ask(query)),
    featureGates: { ...defaultFeatureGates(plugins), ...gates },
    operatorDefaults: {},
    classes: ['shoot'],
  };
}

function isDone(outcome: Outcome | Error): boolean {
  return !(outcome instanceof Error) && outcome.done;
}

/** Why a controller that has just been started would work on the Network. */
export async function reason(world: World): Promise<ReturnType<typeof reasonToRun>> {
  const { client, namespace } = world;
  const network = await client.find({ resource: resources.networks, namespace, name: networkName });
  return network === undefined ? undefined : reasonToRun(factsOf(network), { found: true });
}

const namespaces = { group: '', version: 'v1', plural: 'namespaces', namespaced: false };

async function change(
  world: World,
  step: Extract<Step, { readonly do: 'create' | 'patch' | 'delete' | 'replaceSecret' }>,
) {
  switch (step.do) {
    case 'create':
      return create(world, step.object);
    case 'patch': {
      const { patch, subresource } = step;
      return world.client.mergePatch({ ...placeOf(world, step.what), patch, ...(subresource && { subresource }) });
    }
    case 'delete':
      return world.client.delete(placeOf(world, step.what));
    case 'replaceSecret':
      return replaceSecret(world, step);
  }
}

async function create(world: World, { status, ...content }: KubeObject): Promise<void> {
  const { client, namespace } = world;
  const what = { kind: content.kind as Named['kind'], name: content.metadata.name };
  const { name, resource, namespace: own } = placeOf(world, what);
  const object = { ...content, metadata: { ...content.metadata, name, ...(own === undefined ? {} : { namespace }) } };
  await client.create({ resource, object });
  if (status !== undefined)
    await client.mergePatch({ ...placeOf(world, what), patch: { status }, subresource: 'status' });
}

async function replaceSecret(world: World, step: Extract<Step, { readonly do: 'replaceSecret' }>): Promise<void> {
  const { client, namespace } = world;
  const resource = resources.secrets;
  const present = await client.get(placeOf(world, step.of));
  const [name = ''] = secretNamesOf(present);
  const secret = await client.get({ resource, namespace, name });
  await client.delete({ resource, namespace, name });
  if (step.data === undefined && step.labels === undefined) return;
  const { resourceVersion: _, uid: _uid, creationTimestamp: _created, ...metadata } = secret.metadata;
  const labels = { ...(step.labels ?? metadata.labels) };
  const data = step.data ?? secret['data'];
  await client.create({ resource, object: { ...secret, metadata: { ...metadata, labels }, data } });
}

function placeOf({ namespace }: World, { kind, name = '' }: Named) {
  if (kind === 'Cluster') return { resource: resources.clusters, name: namespace };
  return { resource: kind === 'Network' ? resources.networks : resourceOfKind(kind), namespace, name };
}
