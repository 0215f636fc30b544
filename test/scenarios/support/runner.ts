import assert from 'node:assert/strict';
import { createApiServerAddressReader } from '../../../controllers/network/api-server-addresses.ts';
import type { NetworkContext, Outcome } from '../../../controllers/network/context.ts';
import { runNetwork } from '../../../controllers/network/run.ts';
import { createShootReader } from '../../../controllers/network/shoot-reader.ts';
import { createWaitTimes } from '../../../controllers/network/waits.ts';
import { resourceOfKind, resources } from '../../../controllers/resources.ts';
import { createContentMemo } from '../../../controllers/seed/content-memo.ts';
import { reasonToRun } from '../../../controllers/seed/decide.ts';
import { readFacts } from '../../../controllers/seed/facts.ts';
import type { KubeObject } from '../../../pkg/gardener/objects.ts';
import type { KubeClient } from '../../../pkg/kubernetes/client/client.ts';

import { createManagedResourceRenderer } from '../../../pkg/managedresource/build.ts';
import { referencedSecrets } from '../../../pkg/managedresource/present.ts';

import { defaultFeatureGates } from '../../../pkg/network/feature-gates.ts';
import type { Lookup, NetworkPlugin, WebhookTarget } from '../../../pkg/network/plugin.ts';
import { createMemoryLogger, type FakeClock } from '../../doubles/fakeclock.ts';
import { planTools } from '../../support/planning.ts';
import { cnis } from './cni.ts';
import { createRecordingClient, type Fault } from './faults.ts';
import { type Named, networkName, type Result, type Scenario, type Step, webhookTarget } from './scenario.ts';

/** A seed, in memory or real, and a namespace for one scenario. */
export interface World {
  readonly client: KubeClient;
  readonly namespace: string;
  /** The clock of the controller. */
  readonly clock: FakeClock;
}

/** What one controller process did, from its start until it had nothing to do, waited without an end, or was killed. */
export interface Trace {
  readonly results: readonly Result[];
  readonly writes: readonly string[];
  readonly reads: { readonly beforeWriting: number; readonly all: number };
  readonly errors: readonly Error[];
  readonly killed: boolean;
}

export interface ScenarioRunner {
  /** Applies the steps `given`. */
  start(): Promise<void>;
  /** Replaces `start` for a copied seed: applies only those steps `given` whose effect is outside of the seed. */
  restoreExternal(): void;
  /** Starts a controller, and runs the Network as long as the stored state is a reason to; with `forced` at least once. */
  run(options?: { readonly fault?: Fault; readonly forced?: boolean }): Promise<Trace>;
  apply(steps: readonly Step[]): Promise<void>;
}

export const plugins: readonly NetworkPlugin[] = cnis.map((cni) => cni.plugin);

/** Rendering and compression are pure, so that all processes may share their caches. */
export const tools = planTools();
export const buildResource = createManagedResourceRenderer();

/** Creates the runner of a scenario in a world. */
export function createRunner(world: World, scenario: Scenario): ScenarioRunner {
  const { namespace, clock } = world;
  let shoot: Lookup<readonly KubeObject[]> | undefined;
  let webhook: WebhookTarget | undefined = webhookTarget;
  let round = 0;

  async function start(): Promise<void> {
    const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
    await world.client.create({ resource: namespaces, object });
    await apply(scenario.given);
  }

  function restoreExternal(): void {
    for (const step of scenario.given) applyExternal(step);
  }

  /** Applies a step whose effect is outside of the seed. */
  function applyExternal(step: Step): void {
    if (step.do === 'setShoot') shoot = step.response;
    if (step.do === 'setWebhook') webhook = step.target;
  }

  async function apply(steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      if (step.do === 'setShoot' || step.do === 'setWebhook') applyExternal(step);
      else if (step.do === 'reconcile') assert.equal((await run()).results.at(-1), step.result ?? 'succeeded');
      else if (step.do === 'advanceClock') await clock.advance(step.seconds * 1000);
      else await change(world, step);
    }
  }

  async function run({ fault, forced = false }: Parameters<ScenarioRunner['run']>[0] = {}): Promise<Trace> {
    const watched = createRecordingClient(world.client, fault);
    const { gates } = scenario;
    const context = createContext({ client: watched.client, clock, gates, shoot: () => shoot, webhook: () => webhook });
    const results: Result[] = [];
    const errors: Error[] = [];
    const isWanted = async (): Promise<boolean> =>
      (forced && results.length === 0) || (await reason(world)) !== undefined;
    while (await isWanted()) {
      assert.ok(results.length < 20, `too many runs: ${results.join(', ')}`);
      const outcome = await attempt(context);
      // A killed process that reports its own failure does not throw.
      if (watched.killed()) break;
      results.push(outcome instanceof Error ? 'threw' : outcome.result);
      if (outcome instanceof Error) errors.push(outcome);
      const disturbed = fault !== undefined && watched.writes.length >= fault.at && outcome instanceof Error;
      const others = disturbed ? undefined : scenario.betweenRuns?.[round];
      if (others === undefined || isDone(outcome)) break;
      round += 1;
      await apply(others);
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

  return { start, restoreExternal, run, apply };
}

/** Runs new processes until no run throws, at most three, as the retries of a work queue would. */
export async function runToEnd(runner: ScenarioRunner, { expected }: Scenario): Promise<void> {
  const forced = expected.reason === undefined;
  for (let tries = 0; tries < 3; tries += 1) {
    const { results } = await runner.run({ forced });
    if (results.at(-1) !== 'threw') return;
  }
  assert.fail('three runs have failed');
}

export interface ContextInput {
  readonly client: KubeClient;
  readonly clock: FakeClock;
  readonly gates?: Scenario['gates'];
  /** The response of the shoot; undefined to query it with the kubeconfig in the seed. */
  readonly shoot?: () => Lookup<readonly KubeObject[]> | undefined;
  readonly webhook?: () => WebhookTarget | undefined;
}

/** Creates the context of a controller process for all CNIs. */
export function createContext({
  client,
  clock,
  gates,
  shoot,
  webhook = () => webhookTarget,
}: ContextInput): NetworkContext {
  const log = createMemoryLogger();
  const secretNames = ['gardener-internal', 'gardener'];
  const readShoot = createShootReader({ seed: client, clock, random: () => 0, log, secretNames });
  return {
    client,
    clock,
    waits: createWaitTimes(clock),
    log,
    plugins,
    tools,
    buildResource,
    webhookTarget: webhook,
    ensureSelfHostedWebhook: () => Promise.resolve(),
    events: { record: () => undefined, idle: () => Promise.resolve() },
    onPlan: () => undefined,
    readApiServerAddresses: createApiServerAddressReader({ client, resolve: () => Promise.resolve([]) }),
    readShoot: async (query) => shoot?.() ?? (await readShoot(query)),
    featureGates: { ...defaultFeatureGates(plugins), ...gates },
    networksIn: () => [],
    memo: createContentMemo(),
    operatorDefaults: {},
    classes: ['shoot'],
  };
}

function isDone(outcome: Outcome | Error): boolean {
  return !(outcome instanceof Error) && outcome.done;
}

/** Returns why a controller that starts would run the Network. */
export async function reason(world: World): Promise<ReturnType<typeof reasonToRun>> {
  const { client, namespace } = world;
  const network = await client.find({ resource: resources.networks, namespace, name: networkName });
  return network === undefined ? undefined : reasonToRun(readFacts(network), { listed: true });
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
      return world.client.mergePatch({ ...targetFor(world, step.target), patch, ...(subresource && { subresource }) });
    }
    case 'delete':
      return world.client.delete(targetFor(world, step.target));
    case 'replaceSecret':
      return replaceSecret(world, step);
  }
}

async function create(world: World, { status, ...content }: KubeObject): Promise<void> {
  const { client, namespace } = world;
  const target = { kind: content.kind as Named['kind'], name: content.metadata.name };
  const { name, resource, namespace: own } = targetFor(world, target);
  const object = { ...content, metadata: { ...content.metadata, name, ...(own === undefined ? {} : { namespace }) } };
  await client.create({ resource, object });
  if (status !== undefined)
    await client.mergePatch({ ...targetFor(world, target), patch: { status }, subresource: 'status' });
}

async function replaceSecret(world: World, step: Extract<Step, { readonly do: 'replaceSecret' }>): Promise<void> {
  const { client, namespace } = world;
  const resource = resources.secrets;
  const present = await client.get(targetFor(world, step.of));
  const [name = ''] = referencedSecrets(present);
  const secret = await client.get({ resource, namespace, name });
  await client.delete({ resource, namespace, name });
  if (step.data === undefined && step.labels === undefined) return;
  const { resourceVersion: _, uid: _uid, creationTimestamp: _created, ...metadata } = secret.metadata;
  const labels = { ...(step.labels ?? metadata.labels) };
  const data = step.data ?? secret['data'];
  await client.create({ resource, object: { ...secret, metadata: { ...metadata, labels }, data } });
}

function targetFor({ namespace }: World, { kind, name = '' }: Named) {
  if (kind === 'Cluster') return { resource: resources.clusters, name: namespace };
  return { resource: kind === 'Network' ? resources.networks : resourceOfKind(kind), namespace, name };
}
