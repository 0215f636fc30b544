/** The recorded admission requests: <cni>/admission.yaml holds a Shoot, and per request what differs from it as JSON merge patches (RFC 7386). */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { load } from 'js-yaml';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import { type Cni, mergePatch } from './cases.ts';

type Plain = Readonly<Record<string, unknown>>;

export interface AdmissionRequest {
  readonly cni: Cni;
  readonly name: string;
  readonly shoot: KubeObject;
  /** Undefined for a creation. */
  readonly oldShoot: KubeObject | undefined;
  /** The beginnings of the fields that the Go extension named; undefined where it allowed the request. */
  readonly denied: readonly string[] | undefined;
  /** `spec.kubernetes.kubeProxy` after the mutating webhook; undefined for none. Of cilium only, calico has no such webhook. */
  readonly kubeProxy: unknown;
}

/** The content of admission.yaml. */
export interface AdmissionFile {
  readonly shoot: Plain;
  readonly requests: Readonly<Record<string, RequestFacts>>;
}

/** `shoot` is a merge patch of the Shoot in the file, `old` of the Shoot in the request. */
export interface RequestFacts {
  readonly shoot?: Plain;
  readonly old?: Plain;
  readonly denied?: readonly string[];
  readonly kubeProxy?: unknown;
}

/** All requests of a CNI, in the order of their numbers. */
export function readRequests(cni: Cni): readonly AdmissionRequest[] {
  const file = load(readFileSync(path.join(import.meta.dirname, cni, 'admission.yaml'), 'utf8')) as AdmissionFile;
  return Object.entries(file.requests).map(([name, facts]) => {
    const shoot = mergePatch(file.shoot, facts.shoot);
    const oldShoot = facts.old === undefined ? undefined : mergePatch(shoot, facts.old);
    return {
      cni,
      name,
      shoot: shootObject(shoot),
      oldShoot: oldShoot === undefined ? undefined : shootObject(oldShoot),
      denied: facts.denied,
      kubeProxy: facts.kubeProxy ?? undefined,
    };
  });
}

function shootObject(facts: unknown): KubeObject {
  const { metadata, ...members } = facts as { readonly metadata?: object } & Plain;
  return {
    apiVersion: 'core.gardener.cloud/v1beta1',
    kind: 'Shoot',
    metadata: { name: 'bar', namespace: 'garden-foo', ...metadata },
    ...members,
  };
}
