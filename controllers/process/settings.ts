import { field } from '../../pkg/network/field.ts';
import type { ListenAddress } from '../../pkg/webhook/listen.ts';
import type { ControllerOptions } from './controller/options.ts';
import { flagOf, type OptionReader } from './option-reader.ts';
import { listenAddress, objectName, serverUrl } from './option-values.ts';

/** What `netext controller` and `netext admission` are told in the same words. */
export interface ProcessSettings {
  readonly leaderElection: { readonly namespace: string; readonly name: string } | undefined;
  readonly metrics: ListenAddress | undefined;
  readonly health: ListenAddress | undefined;
  readonly log: { readonly level: 'debug' | 'info' | 'error'; readonly format: 'json' | 'text' };
}

/** The cluster that a process works on. */
export interface ClusterSettings {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  /** Replaces the server of the kubeconfig. */
  readonly master: string | undefined;
}

/** What the flags say of the cluster. */
export function clusterOf(reader: OptionReader): ClusterSettings {
  const any = (value: string): { readonly value: string } => ({ value });
  return {
    kubeconfig: reader.text('kubeconfig', any),
    context: reader.text('context', any),
    master: reader.text('master', serverUrl),
  };
}

/** The Lease, by flags and LEADER_ELECTION_NAMESPACE; `fallback` is its name unless told. */
export function leaseOf(reader: OptionReader, fallback: string): ProcessSettings['leaderElection'] {
  const variable = 'LEADER_ELECTION_NAMESPACE';
  const elects = reader.toggle('leaderElection') ?? true;
  const name = reader.text('leaderElectionId', objectName) ?? fallback;
  const needed = `leader election needs it, or ${variable}; --no-leader-election runs without`;
  const namespace = reader.namespace('leaderElectionNamespace', [variable], elects ? needed : undefined);
  return elects && namespace !== undefined ? { namespace, name } : undefined;
}

/** Where Prometheus and kubelet ask. */
export function endpointsOf(reader: OptionReader): Pick<ProcessSettings, 'metrics' | 'health'> {
  return {
    metrics: reader.text('metricsBindAddress', listenAddress),
    health: reader.text('healthBindAddress', listenAddress),
  };
}

export function logOf(reader: OptionReader): ProcessSettings['log'] {
  return {
    level: reader.choice('logLevel', ['info', 'debug', 'error']),
    format: reader.choice('logFormat', ['json', 'text']),
  };
}

/** Reports two servers with one port. */
export function refuseClashes(
  reader: OptionReader,
  servers: Readonly<Record<'metrics' | 'health' | 'webhook', ListenAddress | undefined>>,
): void {
  const { metrics, health, webhook } = servers;
  if (clash(metrics, health)) reader.refuse('healthBindAddress', taken(health, 'metricsBindAddress'));
  for (const [option, other] of [
    ['metricsBindAddress', metrics],
    ['healthBindAddress', health],
  ] as const) {
    if (clash(other, webhook)) reader.refuse('webhookConfigServerPort', taken(other, option));
  }
}

function clash(one: ListenAddress | undefined, other: ListenAddress | undefined): boolean {
  if (one === undefined || other === undefined || one.port === 0 || one.port !== other.port) return false;
  const anywhere = (host: string | undefined): boolean => host === undefined || host === '0.0.0.0' || host === '::';
  return one.host === other.host || anywhere(one.host) || anywhere(other.host);
}

function taken(address: ListenAddress | undefined, option: keyof ControllerOptions): string {
  return field.invalid(address?.port, `is the port of ${flagOf(option)}, too`);
}
