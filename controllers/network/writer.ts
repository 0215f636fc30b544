import { annotations, networkFinalizer } from '../../pkg/gardener/constants.ts';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import type { KubeClient } from '../../pkg/kubernetes/client/client.ts';
import { isConflict, isNotFound } from '../../pkg/kubernetes/client/errors.ts';
import { resources } from '../resources.ts';
import { Outdated } from '../seed/outdated.ts';

/** Writes to one Network. Every patch carries the resourceVersion that the run knows, so a newer spec or annotation is never lost. */
export interface NetworkWriter {
  /** The Network as the last answer had it. */
  readonly network: KubeObject;
  /** Patches the status; nothing is sent for an undefined patch. Throws Outdated when somebody else was faster. */
  status(patch: Readonly<Record<string, unknown>> | undefined): Promise<void>;
  /** Adds our finalizer, if missing, and removes the annotation `reconcile`, in one patch. */
  begin(): Promise<void>;
  /**
   * Removes the operation annotation if it has this value, or `reconcile`, which any run answers: an unfinished restoration goes on as one
   * after gardenlet asked for a reconciliation. For `migrate` also all finalizers.
   */
  finish(operation: 'reconcile' | 'restore' | 'migrate'): Promise<void>;
  /** Removes our own finalizer, which lets a deleted Network go. */
  release(): Promise<void>;
}

export function networkWriter(client: KubeClient, read: KubeObject): NetworkWriter {
  let network = read;
  const { namespace, name } = read.metadata;

  async function patch(change: Readonly<Record<string, unknown>>, subresource?: string): Promise<void> {
    const { resourceVersion } = network.metadata;
    const metadata = { ...(change['metadata'] as object | undefined), resourceVersion };
    const where = {
      resource: resources.networks,
      namespace,
      name,
      ...(subresource === undefined ? {} : { subresource }),
    };
    try {
      network = await client.mergePatch({ ...where, patch: { ...change, metadata } });
    } catch (error) {
      if (isConflict(error) || isNotFound(error))
        throw new Outdated('the Network was changed in the meantime', { cause: error });
      throw error;
    }
  }

  const finalizers = (): readonly string[] => network.metadata.finalizers ?? [];
  const removal = (...operations: readonly string[]): object =>
    operations.includes(network.metadata.annotations?.[annotations.operation] ?? '')
      ? { annotations: { [annotations.operation]: null } }
      : {};

  return {
    get network() {
      return network;
    },
    async status(change) {
      if (change !== undefined) await patch({ status: change }, 'status');
    },
    async begin() {
      const missing = !finalizers().includes(networkFinalizer);
      const metadata = {
        ...removal('reconcile'),
        ...(missing ? { finalizers: [...finalizers(), networkFinalizer] } : {}),
      };
      if (Object.keys(metadata).length > 0) await patch({ metadata });
    },
    async finish(operation) {
      const all = operation === 'migrate' && finalizers().length > 0 ? { finalizers: null } : {};
      const metadata = { ...removal('reconcile', operation), ...all };
      if (Object.keys(metadata).length > 0) await patch({ metadata });
    },
    async release() {
      const rest = finalizers().filter((one) => one !== networkFinalizer);
      if (rest.length < finalizers().length) await patch({ metadata: { finalizers: rest.length === 0 ? null : rest } });
    },
  };
}
