import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { loadAll } from 'js-yaml';
import type { Clock } from '../../../pkg/clock/clock.ts';
import type { KubeObject } from '../../../pkg/gardener/objects.ts';
import { createClient, type KubeClient } from '../../../pkg/kubernetes/client/client.ts';
import type { HttpRequest, Transport } from '../../../pkg/kubernetes/transport/connection.ts';
import type { HttpResponse } from '../../../pkg/kubernetes/transport/exchange.ts';
import { type Api, servedResources } from '../../controlplane/embedded/api.ts';
import { classify, dispatch, type Request, type Settings } from '../../controlplane/embedded/dispatch.ts';
import { ApiError, PageNotFound } from '../../controlplane/embedded/errors.ts';
import { qualifiedName } from '../../controlplane/embedded/resources.ts';
import { createStore } from '../../controlplane/embedded/store.ts';
import { createFakeClock } from '../../doubles/fakeclock.ts';
import { createRunner, type ScenarioRunner, type World } from './runner.ts';
import type { Scenario } from './scenario.ts';

export interface StartedScenario {
  readonly world: World;
  readonly runner: ScenarioRunner;
}

/**
 * Applies the steps `given` of a scenario once, and returns a function that copies the resulting seed, each copy with its own clock. The seed is
 * in memory, behind the client of the product, so that hundreds of crashes take seconds. It is the API server of test/controlplane/embedded
 * without HTTP, which a contract suite compares with the real one. The CRDs of example/ are installed.
 */
export async function prepareScenario(scenario: Scenario): Promise<() => StartedScenario> {
  const clock = createFakeClock(startTime);
  const seed = emptySeed(clock);
  for (const object of definitions) await seed.client.create({ resource: customResourceDefinitions, object });
  await createRunner({ clock, client: seed.client, namespace }, scenario).start();
  return () => {
    const later = createFakeClock(clock.now());
    const world = { clock: later, client: copySeed(seed.api, later).client, namespace };
    const runner = createRunner(world, scenario);
    runner.restoreExternal();
    return { world, runner };
  };
}

/** Returns one started scenario. */
export async function startScenario(scenario: Scenario): Promise<StartedScenario> {
  return (await prepareScenario(scenario))();
}

const namespace = 'shoot--foo--bar';
const startTime = Date.UTC(2026, 0, 10, 10, 0, 5);

interface Seed {
  readonly api: Api;
  readonly client: KubeClient;
}

function emptySeed(clock: Clock): Seed {
  const api: Api = { store: createStore(), now: () => new Date(clock.now()), newUid: () => randomUUID() };
  return { api, client: createClient({ transport: transportTo(api), clock, random: () => 0 }) };
}

/** Copies the store; the objects are shared, since they are never changed in place. */
function copySeed(api: Api, clock: Clock): Seed {
  const copy = emptySeed(clock);
  for (const resource of servedResources(api).map(qualifiedName)) {
    for (const { key, object } of api.store.list(resource)) copy.api.store.put(resource, key, object);
  }
  return copy;
}

const customResourceDefinitions = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  namespaced: false,
};

const example = new URL('../../../example/', import.meta.url);

const definitions = readdirSync(example)
  .filter((file) => file.startsWith('10-crd-'))
  .flatMap((file) => loadAll(readFileSync(new URL(file, example), 'utf8')) as KubeObject[]);

const settings: Settings = {
  bookmarkIntervalMs: 60_000,
  freshnessTimeoutMs: 0,
  gitVersion: 'v1.36.3',
  metrics: () => '',
};

function transportTo(api: Api): Transport {
  return {
    server: 'memory',
    send: async (request) => respond(api, toRequest(request)),
    stream: () => Promise.reject(new Error('this seed has no watches')),
    close: () => Promise.resolve(),
  };
}

function toRequest({ method, path, headers, body = '' }: HttpRequest): Request {
  const { verb } = classify(method, new URL(path, 'http://memory'));
  return { method, path, verb, contentType: headers['content-type'] ?? '', body };
}

async function respond(api: Api, request: Request): Promise<HttpResponse> {
  try {
    const response = await dispatch(api, settings, request);
    if ('watch' in response) throw new Error('this seed has no watches');
    return { status: response.status, headers: {}, body: bytes(response.body) };
  } catch (error) {
    if (error instanceof ApiError) return { status: error.code, headers: error.headers, body: bytes(error.status) };
    if (error instanceof PageNotFound) return { status: 404, headers: {}, body: bytes('404 page not found') };
    throw error;
  }
}

function bytes(body: object | string): Buffer {
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}
