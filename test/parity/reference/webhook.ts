/** The recorded requests to the shoot webhook of cilium, and the hashes of the responses. */
import { createMergePatch } from '../../../pkg/gardener/merge-patch.ts';
import { isRecord, type KubeObject } from '../../../pkg/gardener/objects.ts';
import { type CaseHashes, hashLeaves } from '../leaf-hashes.ts';
import { responseLeaves, type WebhookFacts, type WebhookFile } from '../webhook.ts';
import { referenceNames, referenceObjects, referenceText } from './files.ts';

/** The content of webhook.yaml. The first object of each kind is the base. */
export function recordedWebhookRequests(): WebhookFile {
  const requests = referenceNames('cilium', 'webhook').map((name) => [name, requested(name)] as const);
  const objects = new Map<string, KubeObject>();
  for (const [, object] of requests) if (!objects.has(object.kind)) objects.set(object.kind, object);
  return {
    objects: Object.fromEntries(objects),
    requests: Object.fromEntries(
      requests.map(([name, object]): [string, WebhookFacts] => {
        const patch = createMergePatch(objects.get(object.kind), object);
        const crashed = (referenceText('cilium', 'webhook', name, 'expected.txt') ?? '').includes('panic:');
        return [
          name,
          { kind: object.kind, ...(patch === undefined ? {} : { patch }), ...(crashed ? { crashed } : {}) },
        ];
      }),
    ),
  };
}

/** Hashes of the responses to those requests that are stored unchanged. */
export function recordedWebhookHashes(): CaseHashes {
  const responses = referenceNames('cilium', 'webhook').flatMap((name) => {
    const response = recordedResponse(name);
    if (response === undefined || hasComment(newObject(name))) return [];
    return [[name, new Map([[response.kind, hashLeaves(responseLeaves(response))]])] as const];
  });
  return new Map(responses);
}

/** The new object (the old one of an update has an annotation), with comments in its Corefile in our own words. */
function requested(name: string): KubeObject {
  const object = newObject(name);
  const { data } = object;
  if (!isRecord(data) || !hasComment(object)) return object;
  const texts = Object.entries(data).map(([key, text]) => [
    key,
    String(text).replaceAll(/#.*$/gm, '# bind 10.0.0.1 and health:1 in a comment'),
  ]);
  return { ...object, data: Object.fromEntries(texts) };
}

function newObject(name: string): KubeObject {
  const object = referenceObjects('cilium', 'webhook', name, 'input.yaml').find(
    ({ metadata }) => metadata.annotations?.['harness/old'] === undefined,
  );
  if (object === undefined) throw new Error(`${name} has no object`);
  return object;
}

function hasComment({ data }: KubeObject): boolean {
  return JSON.stringify(data ?? {}).includes('#');
}

/** The object that the Go extension returned; undefined without the recordings. */
export function recordedResponse(name: string): KubeObject | undefined {
  return referenceObjects('cilium', 'webhook', name, 'expected.yaml')[0];
}
