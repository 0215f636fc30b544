/** The program accepts the arguments, variables and mounted files that the chart renders in each golden case. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { Command } from 'commander';
import { type ControllerOptions, withControllerOptions } from '../../../controllers/process/controller/options.ts';
import { type ControllerSettings, readControllerSettings } from '../../../controllers/process/controller/settings.ts';
import type { KubeObject } from '../../../pkg/gardener/objects.ts';
import { readImages } from '../../../pkg/plugins/images.ts';
import { plugins } from '../../../pkg/plugins/index.ts';
import { goldenCases, render, renderedObjects, skip } from './charts.ts';

const namespace = 'extension-networking-abcde';
const lease = (name: string): ControllerSettings['leaderElection'] => ({ namespace, name: `${name}-leader-election` });
const webhook = {
  mode: 'service',
  url: undefined,
  namespace,
  ownerNamespace: namespace,
  servicePort: 443,
  server: { host: undefined, port: 10250 },
} as const;

/** Settings of each case that differ from the defaults. */
const calicoAlone: Partial<ControllerSettings> = {
  types: ['calico'],
  featureGates: { NonPrivilegedCalicoNode: false, SeamlessOverlaySwitch: false },
  webhook: undefined,
};

const settings: Readonly<Record<string, Partial<ControllerSettings>>> = {
  defaults: {},
  calico: calicoAlone,
  cilium: {
    types: ['cilium'],
    featureGates: { CiliumGatewayAPI: false },
    leaderElection: lease('networking-cilium'),
    heartbeat: { namespace, holder: 'networking-cilium', seconds: 30 },
  },
  everything: {
    types: ['calico', 'cilium'],
    featureGates: { NonPrivilegedCalicoNode: true, SeamlessOverlaySwitch: false, CiliumGatewayAPI: true },
    operatorDefaults: { calico: { kubeAPIServerGlobalNetworkSet: { enabled: true } } },
    concurrency: 10,
    ignoreOperationAnnotation: true,
    limits: { qps: 50, burst: 130 },
    webhook: { ...webhook, mode: 'url', url: 'networking.example.com:8443' },
    heartbeat: { namespace, holder: 'networking-calico', seconds: 15 },
    imageVectorOverwrite: '/etc/gardener-extension-networking/imagevector/images_overwrite.yaml',
    log: { level: 'debug', format: 'text' },
  },
  'fixed-ports': {
    metrics: { host: undefined, port: 9080 },
    health: { host: undefined, port: 9081 },
    webhook: { ...webhook, servicePort: 8443, server: { host: undefined, port: 9250 } },
  },
  gardenlet: {},
  'gardenlet-kubernetes-1.33': {},
  'image-vector-as-object': {
    imageVectorOverwrite: '/etc/gardener-extension-networking/imagevector/images_overwrite.yaml',
  },
  'nothing-optional': calicoAlone,
  'runtime-cluster': {},
  'self-hosted-shoot': { selfHosted: true },
  'self-hosted-shoot-and-seed': { selfHosted: true },
  'self-hosted-shoot-bootstrap': {
    selfHosted: true,
    metrics: { host: undefined, port: 40001 },
    health: { host: undefined, port: 40003 },
    webhook: { ...webhook, server: { host: undefined, port: 40002 } },
  },
};

test('each case has its settings', () => {
  const names = goldenCases('controller').map(({ name }) => name);
  assert.deepEqual(names, Object.keys(settings).sort());
});

for (const one of goldenCases('controller')) {
  test(one.name, { skip }, () => {
    const { args, env, mounted } = findContainer(renderedObjects(render('controller', one)));
    const [command, ...flags] = args;
    assert.equal(command, 'controller');
    const options: ControllerOptions = withControllerOptions(new Command('controller').exitOverride())
      .parse(flags, { from: 'user' })
      .opts();
    const files = (options.configFile ?? []).map((file) => ({ file, bytes: mounted[file] ?? assert.fail(file) }));
    const read = readControllerSettings({ options, env, files, plugins });
    assert.deepEqual(read.problems, []);
    assert.deepEqual(read.settings, { ...defaults, ...settings[one.name] });
    const overwrite = read.settings?.imageVectorOverwrite;
    if (overwrite !== undefined)
      readImages({ file: overwrite, bytes: mounted[overwrite] ?? assert.fail(overwrite), shipped: [] });
  });
}

const defaults: ControllerSettings = {
  types: ['calico', 'cilium'],
  classes: ['shoot'],
  featureGates: { NonPrivilegedCalicoNode: false, SeamlessOverlaySwitch: false, CiliumGatewayAPI: false },
  operatorDefaults: {},
  concurrency: 5,
  ignoreOperationAnnotation: false,
  selfHosted: false,
  kubeconfig: undefined,
  context: undefined,
  master: undefined,
  limits: undefined,
  leaderElection: lease('networking-calico'),
  heartbeat: { namespace, holder: 'networking-calico', seconds: 30 },
  metrics: { host: undefined, port: 8080 },
  health: { host: undefined, port: 8081 },
  webhook,
  externalShootClient: false,
  imageVectorOverwrite: undefined,
  seed: undefined,
  shoot: undefined,
  log: { level: 'info', format: 'json' },
};

interface Container {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Files of mounted ConfigMaps by path. */
  readonly mounted: Readonly<Record<string, Buffer>>;
}

interface PodSpec {
  readonly containers: readonly {
    readonly args: readonly string[];
    readonly env: readonly { readonly name: string; readonly value?: string }[];
    readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
  }[];
  readonly volumes: readonly { readonly name: string; readonly configMap?: { readonly name: string } }[];
}

function findContainer(objects: readonly KubeObject[]): Container {
  const deployment = objects.find(({ kind }) => kind === 'Deployment') ?? assert.fail('no Deployment');
  const { template } = deployment['spec'] as { readonly template: { readonly spec: PodSpec } };
  const [container = assert.fail('no container')] = template.spec.containers;
  const mounted = container.volumeMounts.flatMap(({ name, mountPath }) => {
    const map = template.spec.volumes.find((volume) => volume.name === name)?.configMap?.name;
    const found = objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === map);
    const data = Object.entries((found?.['data'] ?? {}) as Readonly<Record<string, string>>);
    return data.map(([key, text]) => [path.join(mountPath, key), Buffer.from(text)] as const);
  });
  return {
    args: container.args,
    env: Object.fromEntries(
      container.env.map(({ name, value }) => [name, value ?? deployment.metadata.namespace ?? '']),
    ),
    mounted: Object.fromEntries(mounted),
  };
}
