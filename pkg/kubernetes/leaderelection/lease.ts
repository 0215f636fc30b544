/** What a Lease says about leadership, and how it is written; who may do so when is leader.ts. */
import { isRecord, type KubeObject } from '../../gardener/objects.ts';
import { formatMicroTime } from './microtime.ts';

export interface LeaseRecord {
  /** Empty when nobody holds it. */
  readonly holder: string;
  /** Undefined when it does not say. */
  readonly durationMs: number | undefined;
  /** Differs whenever the holder renewed: what "the lease has changed" means. */
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
  /** As stored; undefined when there is none yet. */
  readonly lease: KubeObject | undefined;
  readonly namespace: string;
  readonly name: string;
  readonly identity: string;
  readonly leaseMs: number;
  /** Wall clock in milliseconds. */
  readonly now: number;
}

/** The lease taken or renewed; its other fields, labels and resourceVersion stay, so that a PUT of it is optimistic. */
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

/** The lease given back: without a holder, and short, so that nobody waits for it to run out. */
export function releasedLease(lease: KubeObject, now: number): KubeObject {
  const spec = { ...specOf(lease), holderIdentity: '', leaseDurationSeconds: 1, renewTime: formatMicroTime(now) };
  return { ...lease, spec };
}

function specOf(lease: KubeObject): Readonly<Record<string, unknown>> {
  return isRecord(lease['spec']) ? lease['spec'] : {};
}
