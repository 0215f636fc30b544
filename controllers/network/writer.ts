import { annotations, networkFinalizer } from '../../pkg/gardener/constants.ts';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import type { KubeClient } from '../../pkg/kubernetes/client/client.ts';
import { isConflict, isNotFound } from '../../pkg/kubernetes/client/errors.ts';
import { resources } from '../resources.ts';
import { Outdated } from '../seed/outdated.ts';

/** Writes to one Network. Every patch carries the last known resourceVersion, so that it never overwrites a newer spec or annotation. */
export interface NetworkWriter {
  /** The Network as of the last response. */
  readonly network: KubeObject;
  /** Patches the status; sends nothing for an undefined patch. Throws Outdated when the Network has changed, as all of these do. */
  status(patch: Readonly<Record<string, unknown>> | undefined): Promise<void>;
  /** Adds our finalizer, if missing, and these annotations, and removes the annotation `reconcile`, in one patch. */
  begin(annotations?: Readonly<Record<string, string>>): Promise<void>;
  /**
   * Removes the operation annotation if it has this value, or `reconcile`, which every run satisfies: an unfinished restoration continues as
   * one when gardenlet requests a reconciliation. For `migrate` it also removes all finalizers.
   */
  finish(operation: 'reconcile' | 'restore' | 'migrate'): Promise<void>;
  /** Removes our finalizer, so that the API server can delete the Network. */
  release(): Promise<void>;
}

export function createNetworkWriter(client: KubeClient, read: KubeObject): NetworkWriter {
  let network = read;
  const { namespace, name } = read.metadata;

  async function send(change: Readonly<Record<string, unknown>>, subresource?: string): Promise<void> {
    const { resourceVersion } = network.metadata;
    const metadata = { ...(change['metadata'] as object | undefined), resourceVersion };
    const target = {
      resource: resources.networks,
      namespace,
      name,
      ...(subresource === undefined ? {} : { subresource }),
    };
    try {
      network = await client.mergePatch({ ...target, patch: { ...change, metadata } });
    } catch (error) {
      if (isConflict(error) || isNotFound(error))
        throw new Outdated('the Network has changed since it was read', { cause: error });
      throw error;
    }
  }

  const finalizers = (): readonly string[] => network.metadata.finalizers ?? [];
  const annotationRemoval = (...operations: readonly string[]): object =>
    operations.includes(network.metadata.annotations?.[annotations.operation] ?? '')
      ? { [annotations.operation]: null }
      : {};
  const annotationPatch = (change: object): object => (Object.keys(change).length > 0 ? { annotations: change } : {});

  return {
    get network() {
      return network;
    },
    async status(patch) {
      if (patch !== undefined) await send({ status: patch }, 'status');
    },
    async begin(added) {
      const missing = !finalizers().includes(networkFinalizer);
      const metadata = {
        ...annotationPatch({ ...added, ...annotationRemoval('reconcile') }),
        ...(missing ? { finalizers: [...finalizers(), networkFinalizer] } : {}),
      };
      if (Object.keys(metadata).length > 0) await send({ metadata });
    },
    async finish(operation) {
      const all = operation === 'migrate' && finalizers().length > 0 ? { finalizers: null } : {};
      const metadata = { ...annotationPatch(annotationRemoval('reconcile', operation)), ...all };
      if (Object.keys(metadata).length > 0) await send({ metadata });
    },
    async release() {
      const rest = finalizers().filter((one) => one !== networkFinalizer);
      if (rest.length < finalizers().length) await send({ metadata: { finalizers: rest.length === 0 ? null : rest } });
    },
  };
}
