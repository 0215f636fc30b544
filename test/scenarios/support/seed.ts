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
import type { Scenario } from './scenario.ts';
import { type Play, stage, type World } from './world.ts';

export interface Beginning {
  readonly world: World;
  readonly play: Play;
}

/**
 * Plays what a scenario begins with, once, and returns how to get any number of equal seeds that are there, each with a clock of its own.
 * The seed is in memory, behind the client that the product uses, so that hundreds of crashes are played through in seconds. What
 * it stores and refuses is decided by the API server of test/controlplane/embedded, which a contract suite compares with the real one; only
 * HTTP is left out. The CRDs of example/ are installed.
 */
export async function prepared(scenario: Scenario): Promise<() => Beginning> {
  const clock = createFakeClock(startOfTime);
  const seed = emptySeed(clock);
  for (const object of definitions) await seed.client.create({ resource: customResourceDefinitions, object });
  await stage({ clock, client: seed.client, namespace }, scenario).begin();
  return () => {
    const later = createFakeClock(clock.now());
    const world = { clock: later, client: copyOf(seed.api, later).client, namespace };
    const play = stage(world, scenario);
    play.remember();
    return { world, play };
  };
}

/** The same for a test that needs one. */
export async function begun(scenario: Scenario): Promise<Beginning> {
  return (await prepared(scenario))();
}

const namespace = 'shoot--foo--bar';
const startOfTime = Date.UTC(2026, 0, 10, 10, 0, 5);

interface Seed {
  readonly api: Api;
  readonly client: KubeClient;
}

function emptySeed(clock: Clock): Seed {
  const api: Api = { store: createStore(), now: () => new Date(clock.now()), newUid: () => randomUUID() };
  return { api, client: createClient({ transport: transportTo(api), clock, random: () => 0 }) };
}

/** Stored objects are never changed in place, so that the copy may share them. */
function copyOf(api: Api, clock: Clock): Seed {
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
    send: async (request) => answer(api, requestOf(request)),
    stream: () => Promise.reject(new Error('nothing is watched in this seed')),
    close: () => Promise.resolve(),
  };
}

function requestOf({ method, path, headers, body = '' }: HttpRequest): Request {
  const { verb } = classify(method, new URL(path, 'http://memory'));
  return { method, path, verb, contentType: headers['content-type'] ?? '', body };
}

async function answer(api: Api, request: Request): Promise<HttpResponse> {
  try {
    const given = await dispatch(api, settings, request);
    if ('watch' in given) throw new Error('nothing is watched in this seed');
    return { status: given.status, headers: {}, body: bytes(given.body) };
  } catch (error) {
    if (error instanceof ApiError) return { status: error.code, headers: error.headers, body: bytes(error.status) };
    if (error instanceof PageNotFound) return { status: 404, headers: {}, body: bytes('404 page not found') };
    throw error;
  }
}

function bytes(body: object | string): Buffer {
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}
