import type { CiliumValues } from './values.ts';

/**
 * The bootstrap configuration of cilium-envoy, which gets its other configuration from the agents by a socket on the node
 * (docs/design/cilium.md#objects-in-the-shoot and docs/design/cilium.md#differences-from-the-chart-of-cilium).
 */
const sockets = '/var/run/cilium/envoy/sockets';
const admin = '/envoy-admin';
const agent = 'xds-grpc-cilium';
const api = 'type.googleapis.com/envoy.extensions';

/** The families of the shoot; at least one is true. */
export type Families = Pick<CiliumValues, 'ipv4' | 'ipv6'>;

/**
 * Returns the configuration as JSON. Listeners bind to addresses of the families of the shoot: Envoy exits if a node does not have the family
 * of an address (verdict 41).
 */
export function envoyBootstrap(families: Families): string {
  return JSON.stringify({
    admin: { address: { pipe: { path: `${sockets}/admin.sock` } } },
    applicationLogConfig: { logFormat: { textFormat: '[%Y-%m-%d %T.%e][%t][%l][%n] [%g:%#] %v' } },
    bootstrapExtensions: [
      {
        name: 'envoy.bootstrap.internal_listener',
        typedConfig: { '@type': `${api}.bootstrap.internal_listener.v3.InternalListener` },
      },
    ],
    dynamicResources: { cdsConfig: fromAgent, ldsConfig: fromAgent },
    node: { cluster: 'ingress-cluster', id: 'host~127.0.0.1~no-id~localdomain' },
    overloadManager: { resourceMonitors: [connectionLimit] },
    staticResources: {
      clusters: [
        originalDestination('ingress-cluster', {}),
        originalDestination('egress-cluster-tls', tls),
        originalDestination('egress-cluster', {}),
        originalDestination('ingress-cluster-tls', tls),
        {
          ...unixSocket(agent, `${sockets}/xds.sock`),
          typedExtensionProtocolOptions: protocolOptions({ explicitHttpConfig: { http2ProtocolOptions: {} } }),
        },
        unixSocket(admin, `${sockets}/admin.sock`),
      ],
      listeners: [metricsListener(families), healthListener(families)],
    },
  });
}

const fromAgent = {
  apiConfigSource: {
    apiType: 'GRPC',
    grpcServices: [{ envoyGrpc: { clusterName: agent } }],
    setNodeOnFirstMessageOnly: true,
    transportApiVersion: 'V3',
  },
  initialFetchTimeout: '30s',
  resourceApiVersion: 'V3',
};

const connectionLimit = {
  name: 'envoy.resource_monitors.global_downstream_max_connections',
  typedConfig: {
    '@type': `${api}.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig`,
    max_active_downstream_connections: '50000',
  },
};

const tls = {
  transportSocket: {
    name: 'cilium.tls_wrapper',
    typedConfig: { '@type': 'type.googleapis.com/cilium.UpstreamTlsWrapperContext' },
  },
};

/** A cluster for the original destination of connections that are redirected to the proxy. */
function originalDestination(name: string, transport: Partial<typeof tls>): object {
  const options = {
    commonHttpProtocolOptions: { idleTimeout: '60s', maxConnectionDuration: '0s', maxRequestsPerConnection: 0 },
    useDownstreamProtocolConfig: {},
    ...('transportSocket' in transport ? { upstreamHttpProtocolOptions: {} } : {}),
  };
  return {
    name,
    type: 'ORIGINAL_DST',
    lbPolicy: 'CLUSTER_PROVIDED',
    connectTimeout: '2s',
    cleanupInterval: '2.500s',
    circuitBreakers: { thresholds: [{ maxRetries: 128 }] },
    typedExtensionProtocolOptions: protocolOptions(options),
    ...transport,
  };
}

function unixSocket(name: string, path: string): object {
  const endpoint = { endpoint: { address: { pipe: { path } } } };
  return {
    name,
    type: 'STATIC',
    connectTimeout: '2s',
    loadAssignment: { clusterName: name, endpoints: [{ lbEndpoints: [endpoint] }] },
  };
}

function protocolOptions(options: object): object {
  const name = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';
  return { [name]: { '@type': `type.googleapis.com/${name}`, ...options } };
}

function metricsListener(families: Families): object {
  const name = 'envoy-prometheus-metrics-listener';
  const route = { name: 'prometheus_metrics_route', path: '/metrics', rewrite: '/stats/prometheus' };
  return {
    name,
    ...listenAddresses(families, { ipv4: '0.0.0.0', ipv6: '::', port: 9964 }),
    filterChains: [proxyToAdmin(families, name, { virtualHosts: [virtualHost(route)] })],
  };
}

function healthListener(families: Families): object {
  const name = 'envoy-health-listener';
  const routes = { virtual_hosts: [virtualHost({ name: 'health', path: '/healthz', rewrite: '/ready' })] };
  return {
    name,
    ...listenAddresses(families, { ipv4: '127.0.0.1', ipv6: '::1', port: 9878 }),
    filterChains: [proxyToAdmin(families, name, routes)],
  };
}

interface ListenInput {
  readonly ipv4: string;
  readonly ipv6: string;
  readonly port: number;
}

/** The first address is of IPv4 if the shoot has it. */
function listenAddresses(families: Families, { ipv4, ipv6, port }: ListenInput): object {
  const [first = ipv6, ...more] = [...(families.ipv4 ? [ipv4] : []), ...(families.ipv6 ? [ipv6] : [])];
  const additional = more.map((address) => ({ address: socketAddress(address, port) }));
  return {
    address: socketAddress(first, port),
    ...(additional.length === 0 ? {} : { additionalAddresses: additional }),
  };
}

function socketAddress(address: string, portValue: number): object {
  return { socketAddress: { address, portValue } };
}

function virtualHost(route: { readonly name: string; readonly path: string; readonly rewrite: string }): object {
  const { name, path, rewrite } = route;
  const only = { name, match: { prefix: path }, route: { cluster: admin, prefixRewrite: rewrite } };
  return { name, domains: ['*'], routes: [only] };
}

function proxyToAdmin({ ipv4, ipv6 }: Families, statPrefix: string, routeConfig: object): object {
  const ranges = [
    ...(ipv4 ? ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '127.0.0.1/32'] : []),
    ...(ipv6 ? ['::1/128'] : []),
  ];
  const internal = ranges.map((range) => {
    const [addressPrefix, length] = range.split('/');
    return { addressPrefix, prefixLen: Number(length) };
  });
  const router = {
    name: 'envoy.filters.http.router',
    typedConfig: { '@type': `${api}.filters.http.router.v3.Router` },
  };
  return {
    filters: [
      {
        name: 'envoy.filters.network.http_connection_manager',
        typedConfig: {
          '@type': `${api}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
          statPrefix,
          streamIdleTimeout: '0s',
          httpFilters: [router],
          internalAddressConfig: { cidrRanges: internal },
          routeConfig,
        },
      },
    ],
  };
}
