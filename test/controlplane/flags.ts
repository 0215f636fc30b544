/** The command lines of etcd and kube-apiserver, the same for processes and containers. */

/** A folder as the program sees it (inside a container that is another path than outside). */
export interface EtcdPlace {
  readonly dataFolder: string;
  readonly host: string;
  readonly clientPort: number;
  readonly peerPort: number;
  /** How clients reach it. */
  readonly advertised: string;
}

/** Flags of a one-member etcd whose data need not survive a power cut. */
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
    // There is nobody to elect against; the defaults only make a restart wait.
    '--heartbeat-interval=10',
    '--election-timeout=100',
    '--log-level=warn',
  ];
}

export interface ApiServerPlace {
  /** Holds tokens.csv and service-account.key (and audit-policy.json), gets certificates and the audit log. */
  readonly folder: string;
  readonly host: string;
  readonly port: number;
  readonly etcd: string;
  readonly audit: boolean;
  readonly extra: readonly string[];
}

/** Flags of a kube-apiserver with static tokens, RBAC and a certificate that it signs itself. */
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
    // No controller manager makes the default ServiceAccount that this plugin would wait for.
    '--disable-admission-plugins=ServiceAccount',
    '--allow-privileged=true',
    // The address is a loopback one, which an Endpoints object refuses, again and again.
    '--endpoint-reconciler-type=none',
    '--profiling=false',
    // Without it a server that is told to stop waits a minute for open watches.
    '--shutdown-watch-termination-grace-period=1s',
    ...(place.audit ? audit : []),
    ...place.extra,
  ];
}

/** One event per finished request, without bodies; health checks and the API server's own calls left out. */
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
