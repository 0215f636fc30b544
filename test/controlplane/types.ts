/** What a control plane for tests, benches and `make start` offers, whichever way it came about. */
import type { StartedNetwork } from 'testcontainers';
import type { EmbeddedApiServer, EmbeddedOptions } from './embedded/server.ts';

/** A user that the API server knows by a bearer token, besides the administrator. */
export interface User {
  readonly name: string;
  readonly groups?: readonly string[];
}

export interface ControlPlaneOptions {
  /** Gets progress, one line at a time, without a line break. */
  readonly log: (line: string) => void;
  /** Aborts the start; what was begun is stopped and the promise rejects. A started control plane ends by `stop`. */
  readonly signal?: AbortSignal;
  /** `auto` (default): a real one where it can be had, else the embedded one; `real` rejects instead. */
  readonly source?: 'auto' | 'real' | 'embedded';
  /** Whether missing binaries may be built, which takes minutes once per machine. Default true. */
  readonly build?: boolean;
  /** Users with a token of their own, without any rights until RBAC gives them some (the embedded one asks no RBAC). */
  readonly users?: readonly User[];
  /** Writes one JSON line per finished request (audit level Metadata) to `auditLog`. Real one only. */
  readonly audit?: boolean;
  /** Further flags of kube-apiserver. Real one only. */
  readonly apiServerFlags?: readonly string[];
  /** Settings of the in-process one. */
  readonly embedded?: EmbeddedOptions;
  /** Where KUBEBUILDER_ASSETS, XDG_CACHE_HOME, HOME and the Go variables are looked up; process.env by default. */
  readonly env?: Environment;
}

/** How a container reaches an API server that is one, too. */
export interface InsideNetwork {
  readonly network: StartedNetwork;
  /** URL within the network; the CA is the same. */
  readonly server: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** A running API server. All calls but `stop` need it to run. */
export interface ControlPlane {
  readonly kind: 'real' | 'embedded';
  /** URL without a slash at the end: https for the real one, http for the embedded one. */
  readonly server: string;
  /** PEM of the certificates to trust; absent when `server` is plain http. */
  readonly ca?: string;
  /** Bearer token of an administrator (group system:masters). */
  readonly token: string;
  /** YAML of a kubeconfig for the administrator. */
  readonly kubeconfig: string;
  /** As GET /version says it, for example v1.36.3. */
  readonly version: string;
  /** File of audit events, when asked for. */
  readonly auditLog?: string;
  /** URL of etcd for clients on this machine, plain http without credentials. Real one only. */
  readonly etcd?: string;
  /** Only when it runs in containers. */
  readonly inside?: InsideNetwork;
  /** The scriptable side of the in-process API server. */
  readonly embedded?: EmbeddedApiServer;
  /** The token of one of `options.users`; throws for others. */
  tokenFor(user: string): string;
  /** The Prometheus text of GET /metrics; `apiserver_request_total` counts requests by verb and resource in both kinds. */
  metrics(): Promise<string>;
  /** From now on older resourceVersions and continue tokens are answered 410. Restarts a real API server. */
  forgetHistory(): Promise<void>;
  /** Ends the API server and its connections; its data stay. `kill` does it without any good-bye. */
  stopApiServer(how?: { readonly kill?: boolean }): Promise<void>;
  /**
   * Starts it again on the same port with the same data and tokens, and waits until it is ready. A real one may still
   * answer requests for custom resources by 429 with Retry-After for a moment.
   */
  startApiServer(): Promise<void>;
  /** Ends everything and removes the data. May be called more than once. */
  stop(): Promise<void>;
}

/** Nothing on this machine can run a real kube-apiserver. The message says what was looked for and what to do. */
export class ControlPlaneUnavailableError extends Error {
  override readonly name = 'ControlPlaneUnavailableError';
}
