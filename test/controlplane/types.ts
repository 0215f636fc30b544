/** The interface of control planes for tests, benchmarks and `make start`. */
import type { StartedNetwork } from 'testcontainers';
import type { EmbeddedApiServer, EmbeddedOptions } from './embedded/server.ts';

/** A user with a bearer token, in addition to the administrator. */
export interface User {
  readonly name: string;
  readonly groups?: readonly string[];
}

export interface ControlPlaneOptions {
  /** Receives progress, one line at a time, without line breaks. */
  readonly log: (line: string) => void;
  /** Aborts the start, which stops started programs and rejects. A started control plane is ended by `stop`. */
  readonly signal?: AbortSignal;
  /** `auto` (default) uses a real one if available, else the embedded one; `real` rejects instead. */
  readonly source?: 'auto' | 'real' | 'embedded';
  /** Allows building missing binaries, which takes minutes once per machine. Default true. */
  readonly build?: boolean;
  /** Users with their own token, without permissions except those granted by RBAC (which the embedded one does not have). */
  readonly users?: readonly User[];
  /** Enables the audit log with one JSON line per finished request (level Metadata). Real one only. */
  readonly audit?: boolean;
  /** Additional flags of etcd, such as a larger quota. Real one only. */
  readonly etcdFlags?: readonly string[];
  /** Additional flags of kube-apiserver. Real one only. */
  readonly apiServerFlags?: readonly string[];
  /** Settings of the embedded one. */
  readonly embedded?: EmbeddedOptions;
  /** Environment with KUBEBUILDER_ASSETS, XDG_CACHE_HOME, HOME and Go variables; default process.env. */
  readonly env?: Environment;
}

/** Access to an API server in a container from other containers. */
export interface InsideNetwork {
  readonly network: StartedNetwork;
  /** URL within the network; the CA is the same. */
  readonly server: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** A running API server. All methods except `stop` require it to run. */
export interface ControlPlane {
  readonly kind: 'real' | 'embedded';
  /** URL without a trailing slash: https for the real one, http for the embedded one. */
  readonly server: string;
  /** CA bundle (PEM); absent for plain http. */
  readonly ca?: string;
  /** Bearer token of an administrator (group system:masters). */
  readonly token: string;
  /** Kubeconfig (YAML) of the administrator. */
  readonly kubeconfig: string;
  /** Version as in GET /version, for example v1.36.3. */
  readonly version: string;
  /** File of audit events, if enabled. */
  readonly auditLog?: string;
  /** URL of etcd for clients on this machine, plain http without credentials. Real one only. */
  readonly etcd?: string;
  /** Set if it runs in containers. */
  readonly inside?: InsideNetwork;
  /** The test interface of the embedded API server. */
  readonly embedded?: EmbeddedApiServer;
  /** Returns the token of one of `options.users`; throws for others. */
  tokenFor(user: string): string;
  /** Returns the text of GET /metrics; `apiserver_request_total` counts requests by verb and resource in both kinds. */
  metrics(): Promise<string>;
  /** Compacts the history, so that older resourceVersions and continue tokens result in 410. Restarts a real API server. */
  forgetHistory(): Promise<void>;
  /** Stops the API server and its connections, and retains its data; with `kill` without a graceful shutdown. */
  stopApiServer(how?: { readonly kill?: boolean }): Promise<void>;
  /**
   * Starts it again on the same port with the same data and tokens, and waits until it is ready. A real one may
   * briefly reject requests for custom resources with 429 and Retry-After.
   */
  startApiServer(): Promise<void>;
  /** Stops all programs and removes the data. May be called repeatedly. */
  stop(): Promise<void>;
}

/** No real kube-apiserver is available. The message explains what was searched and how to get one. */
export class ControlPlaneUnavailableError extends Error {
  override readonly name = 'ControlPlaneUnavailableError';
}
