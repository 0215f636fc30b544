import type { ObjectMeta } from './objects.ts';

/** Address families as Gardener spells them; the first one in a spec is the primary family. */
export const ipFamilies = ['IPv4', 'IPv6'] as const;
export type IPFamily = (typeof ipFamilies)[number];

export interface NetworkSpec {
  readonly type: string;
  readonly class?: string;
  readonly providerConfig?: unknown;
  readonly podCIDR?: string;
  readonly serviceCIDR?: string;
  readonly ipFamilies?: readonly string[];
}

export type OperationType = 'Create' | 'Reconcile' | 'Delete' | 'Migrate' | 'Restore';
export type OperationState = 'Processing' | 'Succeeded' | 'Error' | 'Failed' | 'Pending' | 'Aborted';

export interface LastOperation {
  readonly type: string;
  readonly state: string;
  readonly progress: number;
  readonly description: string;
  readonly lastUpdateTime: string;
}

export interface LastError {
  readonly description: string;
  readonly codes?: readonly string[];
  readonly lastUpdateTime?: string;
}

export interface NetworkStatus {
  readonly observedGeneration?: number;
  readonly ipFamilies?: readonly string[];
  readonly providerStatus?: unknown;
  readonly lastOperation?: LastOperation;
  readonly lastError?: LastError;
  readonly state?: unknown;
  readonly resources?: unknown;
}

/** `extensions.gardener.cloud/v1alpha1 Network` (docs/design/gardener.md#network-schema), unvalidated. */
export interface Network {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta & { readonly namespace: string };
  readonly spec: NetworkSpec;
  readonly status?: NetworkStatus;
}
