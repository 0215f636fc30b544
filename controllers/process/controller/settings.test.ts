import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plugins } from '../../../pkg/plugins/index.ts';
import { cases } from '../../../test/support/cases.ts';
import type { ControllerOptions } from './options.ts';
import { type ControllerSettings, type ReadSettings, readControllerSettings } from './settings.ts';

const calicoGroup =
  'apiVersion: calico.networking.extensions.config.gardener.cloud/v1alpha1\nkind: ControllerConfiguration\n';
const ciliumGroup = calicoGroup.replace('calico', 'cilium');
const inPod = { LEADER_ELECTION_NAMESPACE: 'extension' };

interface Input {
  readonly options?: ControllerOptions;
  readonly env?: Readonly<Record<string, string>>;
  /** Contents of the configuration files a.yaml, b.yaml … */
  readonly files?: readonly string[];
}

function read({ options = {}, env = inPod, files = [] }: Input): ReadSettings {
  const named = files.map((text, index) => ({ file: `${'abc'[index]}.yaml`, bytes: Buffer.from(text) }));
  return readControllerSettings({ options, env, files: named, plugins });
}

/** Returns the problems in the form in which the process prints them. */
function problemsWith(input: Input): readonly string[] {
  return read(input).problems.map(({ file, line, column, message }) =>
    file === undefined ? message : `${[file, line, column].join(':')}: ${message}`,
  );
}

const calicoGates = { NonPrivilegedCalicoNode: false, SeamlessOverlaySwitch: false };

const defaults: ControllerSettings = {
  types: ['calico', 'cilium'],
  classes: ['shoot'],
  featureGates: { ...calicoGates, CiliumGatewayAPI: false },
  operatorDefaults: {},
  concurrency: 5,
  ignoreOperationAnnotation: false,
  selfHosted: false,
  kubeconfig: undefined,
  context: undefined,
  master: undefined,
  limits: undefined,
  leaderElection: { namespace: 'extension', name: 'networking-calico-leader-election' },
  heartbeat: { namespace: 'extension', holder: 'networking-calico', seconds: 30 },
  metrics: { host: undefined, port: 8080 },
  health: { host: undefined, port: 8081 },
  webhook: {
    mode: 'service',
    url: undefined,
    namespace: 'extension',
    ownerNamespace: 'extension',
    servicePort: 443,
    server: { host: undefined, port: 443 },
  },
  externalShootClient: false,
  imageVectorOverwrite: undefined,
  seed: undefined,
  shoot: undefined,
  log: { level: 'info', format: 'json' },
};
const webhook = defaults.webhook ?? assert.fail();

/** Settings that differ from the defaults. */
cases<Input & { readonly settings: Partial<ControllerSettings> }>(
  'reads',
  {
    'only the namespace of the pod': { settings: {} },
    'types in any order, by one or several flags': { options: { types: ['cilium', ' calico ,'] }, settings: {} },
    'a single type, with its Lease, heartbeat and gates': {
      options: { types: ['cilium'] },
      settings: {
        types: ['cilium'],
        featureGates: { CiliumGatewayAPI: false },
        leaderElection: { namespace: 'extension', name: 'networking-cilium-leader-election' },
        heartbeat: { namespace: 'extension', holder: 'networking-cilium', seconds: 30 },
      },
    },
    'a gate of a type that is not served, which is dropped': {
      options: { types: ['cilium'], featureGates: ['SeamlessOverlaySwitch=true'] },
      settings: {
        types: ['cilium'],
        featureGates: { CiliumGatewayAPI: false },
        leaderElection: { namespace: 'extension', name: 'networking-cilium-leader-election' },
        heartbeat: { namespace: 'extension', holder: 'networking-cilium', seconds: 30 },
      },
    },
    'calico alone, without webhook': {
      options: { types: ['calico'] },
      settings: { types: ['calico'], webhook: undefined, featureGates: calicoGates },
    },
    'the types that are configured': {
      files: [calicoGroup],
      settings: { types: ['calico'], webhook: undefined, featureGates: calicoGates },
    },
    'both configured, in two files': { files: [ciliumGroup, calicoGroup], settings: {} },
    'both configured, in two documents': { files: [`---\n${ciliumGroup}---\n${calicoGroup}`], settings: {} },
    'empty configuration files': { files: ['', '---\n# nothing\n---\n'], settings: {} },
    '--types, which overrides the configured types': {
      options: { types: ['calico,cilium'] },
      files: [calicoGroup],
      settings: {},
    },
    'a gate by file': {
      files: [
        `${calicoGroup}featureGates: {SeamlessOverlaySwitch: true, NonPrivilegedCalicoNode: null}`.replace(
          ', NonPrivilegedCalicoNode: null',
          '',
        ),
      ],
      settings: {
        types: ['calico'],
        webhook: undefined,
        featureGates: { NonPrivilegedCalicoNode: false, SeamlessOverlaySwitch: true },
      },
    },
    'gates by flag, which override those of the file one by one': {
      options: { featureGates: ['SeamlessOverlaySwitch=false'] },
      files: [`${calicoGroup}featureGates: {SeamlessOverlaySwitch: true, NonPrivilegedCalicoNode: true}`],
      settings: {
        types: ['calico'],
        webhook: undefined,
        featureGates: { NonPrivilegedCalicoNode: true, SeamlessOverlaySwitch: false },
      },
    },
    'limits by file': {
      files: [`${calicoGroup}clientConnection: {qps: 100, burst: 130}\n---\n${ciliumGroup}`],
      settings: { limits: { qps: 100, burst: 130 } },
    },
    'the lowest qps and burst of two files': {
      files: [
        `${calicoGroup}clientConnection: {qps: 100, burst: 130}\n---\n${ciliumGroup}clientConnection: {qps: 50, burst: 200}`,
      ],
      settings: { limits: { qps: 50, burst: 130 } },
    },
    'a default burst of one second': {
      files: [`${calicoGroup}clientConnection: {qps: 2.5}\n---\n${ciliumGroup}clientConnection: {qps: 0.1, burst: 0}`],
      settings: { limits: { qps: 0.1, burst: 1 } },
    },
    'no limits if unset, 0 or negative': {
      files: [
        `${calicoGroup}clientConnection: {qps: 0, burst: 10}\n---\n${ciliumGroup}clientConnection: {qps: -1, burst: null}`,
      ],
      settings: {},
    },
    'no limits of a type that is not served': {
      options: { types: ['cilium'] },
      files: [`${calicoGroup}clientConnection: {qps: 7, kubeconfig: /c}\n---\n${ciliumGroup}`],
      settings: {
        types: ['cilium'],
        featureGates: { CiliumGatewayAPI: false },
        leaderElection: { namespace: 'extension', name: 'networking-cilium-leader-election' },
        heartbeat: { namespace: 'extension', holder: 'networking-cilium', seconds: 30 },
      },
    },
    'a kubeconfig by file, the same in both': {
      files: [
        `${calicoGroup}clientConnection: {kubeconfig: /a}\n---\n${ciliumGroup}clientConnection: {kubeconfig: /a}`,
      ],
      settings: { kubeconfig: '/a' },
    },
    'a kubeconfig by flag, which overrides those of files': {
      options: { kubeconfig: '/flag', context: 'prod', master: 'https://api.example.com:6443/path' },
      files: [
        `${calicoGroup}clientConnection: {kubeconfig: /a}\n---\n${ciliumGroup}clientConnection: {kubeconfig: /b}`,
      ],
      settings: { kubeconfig: '/flag', context: 'prod', master: 'https://api.example.com:6443/path' },
    },
    'empty flags as absent, and an empty address as a disabled server': {
      options: {
        kubeconfig: '',
        leaderElectionId: '',
        leaderElectionNamespace: '',
        webhookConfigUrl: '',
        gardenerVersion: '',
        metricsBindAddress: '',
        healthBindAddress: '0',
      },
      settings: { metrics: undefined, health: undefined },
    },
    'flags, which override variables': {
      options: {
        leaderElectionNamespace: 'one',
        heartbeatNamespace: 'two',
        webhookConfigNamespace: 'three',
        webhookConfigOwnerNamespace: 'four',
      },
      env: { ...inPod, WEBHOOK_CONFIG_NAMESPACE: 'five' },
      settings: {
        leaderElection: { namespace: 'one', name: 'networking-calico-leader-election' },
        heartbeat: { namespace: 'two', holder: 'networking-calico', seconds: 30 },
        webhook: { ...webhook, namespace: 'three', ownerNamespace: 'four' },
      },
    },
    'the namespace of the webhook by variable': {
      env: { ...inPod, WEBHOOK_CONFIG_NAMESPACE: 'runtime-extension-x' },
      settings: { webhook: { ...webhook, namespace: 'runtime-extension-x', ownerNamespace: 'runtime-extension-x' } },
    },
    'the webhook by URL': {
      options: {
        webhookConfigMode: 'url',
        webhookConfigUrl: 'webhook.example.com:9443',
        webhookConfigServerHost: '::1',
        webhookConfigServerPort: '9443',
        webhookConfigServicePort: '8443',
      },
      settings: {
        webhook: {
          ...webhook,
          mode: 'url',
          url: 'webhook.example.com:9443',
          servicePort: 8443,
          server: { host: '::1', port: 9443 },
        },
      },
    },
    'a URL in mode url only': {
      options: { webhookConfigMode: 'url-service', webhookConfigUrl: 'webhook.example.com' },
      settings: { webhook: { ...webhook, mode: 'url-service' } },
    },
    'a disabled webhook': { options: { disableWebhooks: ['shoot'] }, settings: { webhook: undefined } },
    'a disabled heartbeat': { options: { disableControllers: ['heartbeat'] }, settings: { heartbeat: undefined } },
    'no heartbeat if the controllers do not include it': {
      options: { controllers: [''] },
      settings: { heartbeat: undefined },
    },
    'no leader election and no namespace': {
      options: { leaderElection: false, types: ['calico'] },
      env: {},
      settings: {
        types: ['calico'],
        featureGates: calicoGates,
        leaderElection: undefined,
        heartbeat: undefined,
        webhook: undefined,
      },
    },
    'the same port on different hosts, and port 0': {
      options: {
        metricsBindAddress: '127.0.0.1:8080',
        healthBindAddress: '127.0.0.2:8080',
        webhookConfigServerPort: '8080',
        webhookConfigServerHost: '::1',
      },
      settings: {
        metrics: { host: '127.0.0.1', port: 8080 },
        health: { host: '127.0.0.2', port: 8080 },
        webhook: { ...webhook, server: { host: '::1', port: 8080 } },
      },
    },
    'free ports for both servers': {
      options: { metricsBindAddress: ':0', healthBindAddress: ':0' },
      settings: { metrics: { host: undefined, port: 0 }, health: { host: undefined, port: 0 } },
    },
    'a self-hosted shoot by flag': { options: { selfHostedShootCluster: true }, settings: { selfHosted: true } },
    'a self-hosted shoot by the deprecated flag': {
      options: { autonomousShootCluster: 'true' },
      settings: { selfHosted: true },
    },
    'the current flag, which overrides the deprecated one': {
      options: { autonomousShootCluster: 'true', selfHostedShootCluster: 'F' },
      settings: { selfHosted: false },
    },
    'a self-hosted shoot by variables': {
      env: { ...inPod, SHOOT_NAME: 'root', SHOOT_NAMESPACE: 'garden' },
      settings: { selfHosted: true, shoot: 'garden/root' },
    },
    'a seed for a self-hosted shoot that is a seed': {
      env: { ...inPod, SHOOT_NAME: 'root', SHOOT_NAMESPACE: 'garden', SEED_NAME: 'aws' },
      settings: { selfHosted: false, shoot: 'garden/root', seed: 'aws' },
    },
    'a self-hosted shoot that is a seed by flag': {
      options: { selfHostedShootCluster: 'true' },
      env: { ...inPod, SHOOT_NAME: 'root', SHOOT_NAMESPACE: 'garden', SEED_NAME: 'aws' },
      settings: { selfHosted: true, shoot: 'garden/root', seed: 'aws' },
    },
    'a flag, which overrides the variables of a self-hosted shoot': {
      options: { selfHostedShootCluster: 'false' },
      env: { ...inPod, SHOOT_NAME: 'root' },
      settings: { selfHosted: false, shoot: 'root' },
    },
    'all other flags': {
      options: {
        extensionClasses: ['garden', 'shoot,seed'],
        maxConcurrentReconciles: '20',
        ignoreOperationAnnotation: 'T',
        heartbeatRenewIntervalSeconds: '15',
        leaderElectionId: 'my.lease',
        logLevel: 'debug',
        logFormat: 'text',
      },
      env: { ...inPod, GARDENER_SHOOT_CLIENT: 'external', IMAGEVECTOR_OVERWRITE: '/images.yaml' },
      settings: {
        classes: ['shoot', 'seed', 'garden'],
        concurrency: 20,
        ignoreOperationAnnotation: true,
        leaderElection: { namespace: 'extension', name: 'my.lease' },
        heartbeat: { namespace: 'extension', holder: 'networking-calico', seconds: 15 },
        externalShootClient: true,
        imageVectorOverwrite: '/images.yaml',
        log: { level: 'debug', format: 'text' },
      },
    },
  },
  ({ settings, ...input }) => {
    assert.deepEqual(problemsWith(input), []);
    assert.deepEqual(read(input).settings, { ...defaults, ...settings });
  },
);

cases<Input & { readonly problems: readonly string[] }>(
  'rejects',
  {
    'missing namespaces': {
      env: {},
      problems: [
        '--leader-election-namespace: Required value: namespace of the Lease; alternatively set LEADER_ELECTION_NAMESPACE, or --no-leader-election',
        '--webhook-config-namespace: Required value: namespace of the shoot webhook; alternatively set WEBHOOK_CONFIG_NAMESPACE or LEADER_ELECTION_NAMESPACE, or --disable-webhooks=shoot',
      ],
    },
    'unknown names': {
      options: {
        types: ['weave,Calico'],
        extensionClasses: ['shoots'],
        controllers: ['heartbeat,network'],
        disableControllers: ['heart-beat'],
        disableWebhooks: ['validator'],
        featureGates: ['SeamlessOverlaySwitch', 'Ebpf=true'],
      },
      problems: [
        '--types: Unsupported value: "weave": supported values: "calico", "cilium"',
        '--types: Unsupported value: "Calico": supported values: "calico", "cilium", did you mean calico?',
        '--extension-classes: Unsupported value: "shoots": supported values: "shoot", "seed", "garden", did you mean shoot?',
        '--feature-gates: feature gate SeamlessOverlaySwitch needs =true or =false, got "SeamlessOverlaySwitch"',
        '--feature-gates: unknown feature gate "Ebpf", known are NonPrivilegedCalicoNode, SeamlessOverlaySwitch, CiliumGatewayAPI',
        '--controllers: Unsupported value: "network": supported values: "heartbeat"',
        '--disable-controllers: Unsupported value: "heart-beat": supported values: "heartbeat", did you mean heartbeat?',
        '--disable-webhooks: Unsupported value: "validator": supported values: "shoot"',
      ],
    },
    'empty lists': {
      options: { types: [''], extensionClasses: [' ,'] },
      problems: [
        '--types: Required value: at least one of calico, cilium',
        '--extension-classes: Required value: at least one of shoot, seed, garden',
      ],
    },
    'invalid numbers and booleans': {
      options: {
        maxConcurrentReconciles: '0',
        heartbeatRenewIntervalSeconds: '-1',
        healthcheckMaxConcurrentReconciles: 'five',
        webhookConfigServicePort: '65536',
        webhookConfigServerPort: '1e3',
        ignoreOperationAnnotation: 'yes',
        selfHostedShootCluster: '',
      },
      problems: [
        '--self-hosted-shoot-cluster: Invalid value: "": must be true or false',
        '--max-concurrent-reconciles: Invalid value: "0": must be an integer from 1 to 1000000',
        '--ignore-operation-annotation: Invalid value: "yes": must be true or false',
        '--heartbeat-renew-interval-seconds: Invalid value: "-1": must be an integer from 1 to 3600',
        '--webhook-config-service-port: Invalid value: "65536": must be an integer from 1 to 65535',
        '--webhook-config-server-port: Invalid value: "1e3": must be an integer from 1 to 65535',
        '--healthcheck-max-concurrent-reconciles: Invalid value: "five": must be an integer from 1 to 1000000',
      ],
    },
    'invalid addresses and names': {
      options: {
        master: 'api.example.com',
        metricsBindAddress: '8080',
        healthBindAddress: 'http://a:1',
        leaderElectionId: 'My Lease',
        leaderElectionNamespace: 'a/../b',
        webhookConfigMode: 'Service',
        webhookConfigUrl: 'https://webhook.example.com/x',
        webhookConfigServerHost: 'a b',
        logLevel: 'warn',
        logFormat: 'xml',
      },
      env: { LEADER_ELECTION_NAMESPACE: 'Extension' },
      problems: [
        '--master: Invalid value: "api.example.com": must be a URL such as https://api.example.com:443',
        '--leader-election-id: Invalid value: "My Lease": must be the name of an object: at most 253 characters of a-z, 0-9, inner - and inner .',
        '--leader-election-namespace: Invalid value: "a/../b": must be the name of a namespace: at most 63 characters of a-z, 0-9 and inner -',
        'LEADER_ELECTION_NAMESPACE: Invalid value: "Extension": must be the name of a namespace: at most 63 characters of a-z, 0-9 and inner -',
        '--metrics-bind-address: Invalid value: "8080": must be an address such as :8080, 127.0.0.1:8080 or [::1]:8080, or 0 to disable the server',
        '--health-bind-address: Invalid value: "http://a:1": must be an address such as :8080, 127.0.0.1:8080 or [::1]:8080, or 0 to disable the server',
        '--webhook-config-mode: Unsupported value: "Service": supported values: "service", "url", "url-service"',
        '--webhook-config-url: Invalid value: "https://webhook.example.com/x": must be a host or host:port such as webhook.example.com:443, without https://',
        '--webhook-config-server-host: Invalid value: "a b": must be an IP address or a host name',
        '--log-level: Unsupported value: "warn": supported values: "info", "debug", "error"',
        '--log-format: Unsupported value: "xml": supported values: "json", "text"',
      ],
    },
    'a port used twice': {
      options: {
        metricsBindAddress: '127.0.0.1:9000',
        healthBindAddress: '0.0.0.0:9000',
        webhookConfigServerPort: '9000',
        webhookConfigServerHost: '127.0.0.1',
      },
      problems: [
        '--health-bind-address: Invalid value: 9000: is already the port of --metrics-bind-address',
        '--webhook-config-server-port: Invalid value: 9000: is already the port of --metrics-bind-address',
        '--webhook-config-server-port: Invalid value: 9000: is already the port of --health-bind-address',
      ],
    },
    'mode url without a URL': {
      options: { webhookConfigMode: 'url' },
      problems: ['--webhook-config-url: Required value: needed with --webhook-config-mode=url'],
    },
    'different kubeconfigs': {
      files: [
        `${calicoGroup}clientConnection: {kubeconfig: /a}`,
        `${ciliumGroup}clientConnection:\n  kubeconfig: /b\n`,
      ],
      problems: [
        'b.yaml:4:3: clientConnection.kubeconfig: Invalid value: "/b": must be the same as in a.yaml:3, since one process has one connection; alternatively set --kubeconfig',
      ],
    },
    'problems of flags and files together, without consequential problems of an invalid file': {
      options: { types: ['cilium'], maxConcurrentReconciles: 'x' },
      env: { LEADER_ELECTION_NAMESPACE: '' },
      files: ['kind: ControllerConfiguration\n'],
      problems: [
        '--max-concurrent-reconciles: Invalid value: "x": must be an integer from 1 to 1000000',
        '--leader-election-namespace: Required value: namespace of the Lease; alternatively set LEADER_ELECTION_NAMESPACE, or --no-leader-election',
        'a.yaml:1:1: apiVersion: Required value: one of calico.networking.extensions.config.gardener.cloud/v1alpha1, cilium.networking.extensions.config.gardener.cloud/v1alpha1',
      ],
    },
  },
  ({ problems, ...input }) => {
    assert.deepEqual(problemsWith(input), problems);
    assert.equal(read(input).settings, undefined);
  },
);

cases<Input & { readonly notes: readonly (readonly [message: string, fields: unknown])[] }>(
  'notes',
  {
    'nothing by default': {
      files: [`${calicoGroup}clientConnection: {qps: 1, contentType: " application/json"}`],
      notes: [],
    },
    'ignored flags in one line': {
      options: { gardenerVersion: '', webhookConfigCertDir: '/tmp', healthcheckMaxConcurrentReconciles: '5' },
      notes: [
        [
          'Ignored flags',
          { flags: ['--gardener-version', '--healthcheck-max-concurrent-reconciles', '--webhook-config-cert-dir'] },
        ],
      ],
    },
    'a self-hosted shoot detected by SHOOT_NAME': {
      env: { ...inPod, SHOOT_NAME: 'root' },
      notes: [['Detected self-hosted shoot by SHOOT_NAME', { shoot: 'root' }]],
    },
    'ignored fields': {
      files: [
        `${calicoGroup}clientConnection:
  contentType: application/vnd.kubernetes.protobuf
  acceptContentTypes: application/json,application/vnd.kubernetes.protobuf
  burst: 130
healthCheckConfig: {syncPeriod: 30s}
`,
      ],
      notes: [
        ['Ignored configuration field', { field: 'clientConnection.acceptContentTypes', place: 'a.yaml:5' }],
        ['Ignored configuration field', { field: 'clientConnection.contentType', place: 'a.yaml:4' }],
        ['Ignored configuration field', { field: 'clientConnection.burst', place: 'a.yaml:6' }],
        ['Ignored configuration field', { field: 'healthCheckConfig', place: 'a.yaml:7' }],
      ],
    },
    'the configuration of a type that is not served': {
      options: { types: ['cilium'] },
      files: [`${calicoGroup}healthCheckConfig: {}`],
      notes: [['Ignored configuration of a network type that is not served', { file: 'a.yaml', type: 'calico' }]],
    },
    'different limits': {
      files: [`${calicoGroup}clientConnection: {qps: 5}\n---\n${ciliumGroup}clientConnection: {qps: 4}`],
      notes: [['Client connection limits differ, using the lower ones', { qps: 4, burst: 4 }]],
    },
  },
  ({ notes, ...input }) => {
    const found = read(input);
    assert.deepEqual(found.problems, []);
    assert.deepEqual(
      found.notes.map(({ message, fields }) => [message, fields]),
      notes,
    );
  },
);

test('returns the same settings for the same input, without changing it', () => {
  const input = Object.freeze({ options: Object.freeze({ types: Object.freeze(['cilium']) }), files: [ciliumGroup] });
  assert.deepEqual(read(input), read(input));
});
