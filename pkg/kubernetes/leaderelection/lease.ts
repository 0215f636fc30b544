/** Reads and writes the fields of a Lease that matter for leader election. */
import { isRecord, type KubeObject } from '../../gardener/objects.ts';
import { formatMicroTime } from './microtime.ts';

export interface LeaseRecord {
  /** Empty if the Lease has no holder. */
  readonly holder: string;
  /** Undefined if the Lease states none. */
  readonly durationMs: number | undefined;
  /** Changes with every renewal. */
  readonly fingerprint: string;
}

export function readLease(lease: KubeObject): LeaseRecord {
  const spec = specOf(lease);
  const { holderIdentity, leaseDurationSeconds, renewTime, acquireTime, leaseTransitions } = spec;
  return {
    holder: typeof holderIdentity === 'string' ? holderIdentity : '',
    durationMs: typeof leaseDurationSeconds === 'number' ? leaseDurationSeconds * 1000 : undefined,
    fingerprint: JSON.stringify([holderIdentity, leaseDurationSeconds, renewTime, acquireTime, leaseTransitions]),
  };
}

export interface HoldInput {
  /** The stored Lease; undefined if it does not exist yet. */
  readonly lease: KubeObject | undefined;
  readonly namespace: string;
  readonly name: string;
  readonly identity: string;
  readonly leaseMs: number;
  /** Wall clock in milliseconds. */
  readonly now: number;
}

/**
 * Returns the Lease acquired or renewed. It retains other fields, labels and the resourceVersion, so that a PUT uses
 * optimistic locking.
 */
export function heldLease({ lease, namespace, name, identity, leaseMs, now }: HoldInput): KubeObject {
  const time = formatMicroTime(now);
  const spec = lease === undefined ? {} : specOf(lease);
  const ours = spec['holderIdentity'] === identity;
  const transitions = typeof spec['leaseTransitions'] === 'number' ? spec['leaseTransitions'] : 0;
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: lease?.metadata ?? { namespace, name },
    spec: {
      ...spec,
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(leaseMs / 1000),
      acquireTime: ours ? (spec['acquireTime'] ?? time) : time,
      renewTime: time,
      leaseTransitions: lease === undefined || ours ? transitions : transitions + 1,
    },
  };
}

/**
 * Returns the Lease released: without a holder and with a short duration, so that no candidate waits until it expires.
 */
export function releasedLease(lease: KubeObject, now: number): KubeObject {
  const spec = { ...specOf(lease), holderIdentity: '', leaseDurationSeconds: 1, renewTime: formatMicroTime(now) };
  return { ...lease, spec };
}

function specOf(lease: KubeObject): Readonly<Record<string, unknown>> {
  return isRecord(lease['spec']) ? lease['spec'] : {};
}
