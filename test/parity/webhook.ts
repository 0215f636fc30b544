/** The recorded requests to the shoot webhook of cilium: cilium/webhook.yaml holds an object per kind, and per request a JSON merge patch. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { load } from 'js-yaml';
import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import { type Leaves, leavesOf } from './canonical.ts';
import { mergePatch } from './cases.ts';

type Plain = Readonly<Record<string, unknown>>;

export interface WebhookRequest {
  readonly name: string;
  readonly object: KubeObject;
  /** The Go extension crashed. */
  readonly crashed: boolean;
}

/** The content of webhook.yaml. */
export interface WebhookFile {
  readonly objects: Readonly<Record<string, Plain>>;
  readonly requests: Readonly<Record<string, WebhookFacts>>;
}

export interface WebhookFacts {
  readonly kind: string;
  readonly patch?: Plain;
  readonly crashed?: true;
}

/** All requests, in the order of their numbers. */
export function readWebhookRequests(): readonly WebhookRequest[] {
  const file = load(readFileSync(path.join(import.meta.dirname, 'cilium/webhook.yaml'), 'utf8')) as WebhookFile;
  return Object.entries(file.requests).map(([name, { kind, patch, crashed = false }]) => {
    const object = mergePatch(file.objects[kind], patch) as KubeObject;
    return { name, object, crashed };
  });
}

/** The leaves of a response as it is; a Corefile line by line. Absent members count as null, since Go leaves out what is empty. */
export function responseLeaves(object: KubeObject): Leaves {
  const { data, ...members } = object;
  const lines = isRecord(data)
    ? Object.entries(data).map(([key, text]) => [key, typeof text === 'string' ? text.split('\n') : text] as const)
    : [];
  const whole = data === undefined ? members : { ...members, data: Object.fromEntries(lines) };
  return new Map([...leavesOf(whole)].filter(([, json]) => json !== 'null'));
}
