import { field } from '../../pkg/network/field.ts';
import type { ListenAddress } from '../../pkg/webhook/listen.ts';
import type { ControllerOptions } from './controller/options.ts';
import { flagName, type OptionReader } from './option-reader.ts';
import { parseListenAddress, parseObjectName, parseServerUrl } from './option-values.ts';

/** The settings that `netext controller` and `netext admission` share. */
export interface ProcessSettings {
  readonly leaderElection: { readonly namespace: string; readonly name: string } | undefined;
  readonly metrics: ListenAddress | undefined;
  readonly health: ListenAddress | undefined;
  readonly log: { readonly level: 'debug' | 'info' | 'error'; readonly format: 'json' | 'text' };
}

/** How a process connects to a cluster. */
export interface ClusterSettings {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  /** Replaces the server of the kubeconfig. */
  readonly master: string | undefined;
}

/** Reads the flags for the connection to a cluster. */
export function readClusterSettings(reader: OptionReader): ClusterSettings {
  const any = (value: string): { readonly value: string } => ({ value });
  return {
    kubeconfig: reader.text('kubeconfig', any),
    context: reader.text('context', any),
    master: reader.text('master', parseServerUrl),
  };
}

/** Reads the flags of leader election and LEADER_ELECTION_NAMESPACE; undefined if leader election is disabled. */
export function readLease(reader: OptionReader, defaultName: string): ProcessSettings['leaderElection'] {
  const variable = 'LEADER_ELECTION_NAMESPACE';
  const enabled = reader.toggle('leaderElection') ?? true;
  const name = reader.text('leaderElectionId', parseObjectName) ?? defaultName;
  const required = `namespace of the Lease; alternatively set ${variable}, or --no-leader-election`;
  const namespace = reader.namespace('leaderElectionNamespace', [variable], enabled ? required : undefined);
  return enabled && namespace !== undefined ? { namespace, name } : undefined;
}

/** Reads the listen addresses for metrics and health checks. */
export function readEndpoints(reader: OptionReader): Pick<ProcessSettings, 'metrics' | 'health'> {
  return {
    metrics: reader.text('metricsBindAddress', parseListenAddress),
    health: reader.text('healthBindAddress', parseListenAddress),
  };
}

export function readLogSettings(reader: OptionReader): ProcessSettings['log'] {
  return {
    level: reader.choice('logLevel', ['info', 'debug', 'error']),
    format: reader.choice('logFormat', ['json', 'text']),
  };
}

/** Reports servers that would listen on the same port. */
export function checkPorts(
  reader: OptionReader,
  servers: Readonly<Record<'metrics' | 'health' | 'webhook', ListenAddress | undefined>>,
): void {
  const { metrics, health, webhook } = servers;
  if (conflict(metrics, health)) reader.addProblem('healthBindAddress', portInUse(health, 'metricsBindAddress'));
  for (const [option, other] of [
    ['metricsBindAddress', metrics],
    ['healthBindAddress', health],
  ] as const) {
    if (conflict(other, webhook)) reader.addProblem('webhookConfigServerPort', portInUse(other, option));
  }
}

function conflict(one: ListenAddress | undefined, other: ListenAddress | undefined): boolean {
  if (one === undefined || other === undefined || one.port === 0 || one.port !== other.port) return false;
  const isWildcard = (host: string | undefined): boolean => host === undefined || host === '0.0.0.0' || host === '::';
  return one.host === other.host || isWildcard(one.host) || isWildcard(other.host);
}

function portInUse(address: ListenAddress | undefined, option: keyof ControllerOptions): string {
  return field.invalid(address?.port, `is already the port of ${flagName(option)}`);
}
