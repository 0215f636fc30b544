/** An in-memory API server for the Secrets of one namespace, with label selectors, conflicts and injected errors. */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../pkg/clock/clock.ts';
import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import type {
  DeleteInput,
  KubeClient,
  ListInput,
  ObjectInput,
  PatchInput,
} from '../../pkg/kubernetes/client/client.ts';
import { ApiError, type Verb } from '../../pkg/kubernetes/client/errors.ts';
import { statusObject } from './server.ts';

export interface SecretStore {
  readonly client: Pick<KubeClient, 'list' | 'create' | 'mergePatch' | 'delete'>;
  readonly secrets: ReadonlyMap<string, KubeObject>;
  /** `list`, `create NAME`, … */
  readonly requests: readonly string[];
  /** Stores a Secret of another client. */
  put(object: KubeObject): void;
  /** Called before each request, which rejects with its exception. */
  before: (request: string) => void;
}

export function createSecretStore(clock: Clock): SecretStore {
  const secrets = new Map<string, KubeObject>();
  const requests: string[] = [];
  let version = 0;

  const store: SecretStore = {
    secrets,
    requests,
    put,
    before: () => undefined,
    client: {
      // The generics of the client stand for the only kind stored here.
      list: list as KubeClient['list'],
      create: create as KubeClient['create'],
      mergePatch: mergePatch as KubeClient['mergePatch'],
      delete: remove,
    },
  };
  return store;

  function put(object: KubeObject): KubeObject {
    version += 1;
    const { creationTimestamp = new Date(clock.now()).toISOString().replace(/\.\d+/, ''), uid = randomUUID() } =
      object.metadata;
    const metadata = { ...object.metadata, creationTimestamp, uid, resourceVersion: String(version) };
    const stored = { ...object, metadata };
    secrets.set(object.metadata.name, stored);
    return stored;
  }

  async function arrive(request: string): Promise<void> {
    await Promise.resolve();
    requests.push(request);
    store.before(request);
  }

  async function list({ labelSelector = '' }: ListInput): Promise<object> {
    await arrive('list');
    const wanted = labelSelector.split(',').map((one) => one.split('='));
    const items = [...secrets.values()].filter(({ metadata }) =>
      wanted.every(([key = '', value]) => metadata.labels?.[key] === value),
    );
    return { items, resourceVersion: String(version), continue: undefined };
  }

  async function create({ object }: ObjectInput<KubeObject>): Promise<KubeObject> {
    const { name } = object.metadata;
    await arrive(`create ${name}`);
    if (secrets.has(name)) throw apiError({ verb: 'create', code: 409, reason: 'AlreadyExists' });
    return put(object);
  }

  async function mergePatch({ name, patch }: PatchInput): Promise<KubeObject> {
    await arrive(`patch ${name}`);
    const present = secrets.get(name);
    if (present === undefined) throw apiError({ verb: 'patch', code: 404, reason: 'NotFound', name });
    const { resourceVersion } = (patch as Partial<KubeObject>).metadata ?? {};
    if (resourceVersion !== undefined && resourceVersion !== present.metadata.resourceVersion)
      throw apiError({ verb: 'patch', code: 409, reason: 'Conflict' });
    return put(merged(present, patch) as KubeObject);
  }

  async function remove({ name, preconditions }: DeleteInput): Promise<void> {
    await arrive(`delete ${name}`);
    const present = secrets.get(name);
    if (present === undefined) throw apiError({ verb: 'delete', code: 404, reason: 'NotFound', name });
    if (preconditions?.uid !== undefined && preconditions.uid !== present.metadata.uid)
      throw apiError({ verb: 'delete', code: 409, reason: 'Conflict' });
    secrets.delete(name);
  }
}

/** RFC 7386 without nulls. */
function merged(base: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const own = isRecord(base) ? base : {};
  const changed = Object.entries(patch).map(([key, value]) => [key, merged(own[key], value)]);
  return { ...own, ...Object.fromEntries(changed) };
}

export function apiError({
  verb,
  code,
  reason,
  name = 'one',
}: {
  readonly verb: Verb;
  readonly code: number;
  readonly reason: string;
  readonly name?: string;
}): ApiError {
  const status = statusObject({ code, reason, details: { kind: 'secrets', name } });
  return new ApiError({ verb, path: `/api/v1/namespaces/n/secrets/${name}`, code, status, now: 0 });
}
