/** The command lines of etcd and kube-apiserver, the same for processes and containers. */

/** Paths and addresses from the view of the program, which differ inside of a container. */
export interface EtcdPlace {
  readonly dataFolder: string;
  readonly host: string;
  readonly clientPort: number;
  readonly peerPort: number;
  /** URL for clients. */
  readonly advertised: string;
  readonly extra: readonly string[];
}

/** Returns the flags of a one-member etcd whose data need not survive a power failure. */
export function etcdFlags(place: EtcdPlace): readonly string[] {
  const peer = `http://127.0.0.1:${place.peerPort}`;
  return [
    '--name=default',
    `--data-dir=${place.dataFolder}`,
    `--listen-client-urls=http://${place.host}:${place.clientPort}`,
    `--advertise-client-urls=${place.advertised}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    '--unsafe-no-fsync',
    // With a single member, the defaults of the election timeout only delay a restart.
    '--heartbeat-interval=10',
    '--election-timeout=100',
    '--log-level=warn',
    ...place.extra,
  ];
}

export interface ApiServerPlace {
  /** Contains tokens.csv, service-account.key and optionally audit-policy.json; receives certificates and the audit log. */
  readonly folder: string;
  readonly host: string;
  readonly port: number;
  readonly etcd: string;
  readonly audit: boolean;
  readonly extra: readonly string[];
}

/** Returns the flags of a kube-apiserver with static tokens, RBAC and a self-signed certificate. */
export function apiServerFlags(place: ApiServerPlace): readonly string[] {
  const { folder } = place;
  const audit = [`--audit-policy-file=${folder}/audit-policy.json`, `--audit-log-path=${folder}/audit.log`];
  return [
    `--etcd-servers=${place.etcd}`,
    `--bind-address=${place.host}`,
    `--secure-port=${place.port}`,
    `--cert-dir=${folder}/certificates`,
    `--token-auth-file=${folder}/tokens.csv`,
    '--authorization-mode=RBAC',
    `--service-account-key-file=${folder}/service-account.key`,
    `--service-account-signing-key-file=${folder}/service-account.key`,
    '--service-account-issuer=https://kubernetes.default.svc',
    '--service-cluster-ip-range=10.96.0.0/16',
    // Without a controller manager there is no default ServiceAccount, for which this plugin would wait.
    '--disable-admission-plugins=ServiceAccount',
    '--allow-privileged=true',
    // An Endpoints object rejects the loopback address, repeatedly.
    '--endpoint-reconciler-type=none',
    '--profiling=false',
    // Without it a server waits a minute for open watches when it stops.
    '--shutdown-watch-termination-grace-period=1s',
    ...(place.audit ? audit : []),
    ...place.extra,
  ];
}

/** Returns a policy with one event per finished request, without bodies, health checks and requests of the API server itself. */
export function auditPolicy(): string {
  return JSON.stringify({
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['RequestReceived'],
    rules: [
      { level: 'None', nonResourceURLs: ['/readyz*', '/livez*', '/healthz*', '/version', '/metrics'] },
      { level: 'None', users: ['system:apiserver'] },
      { level: 'Metadata' },
    ],
  });
}
