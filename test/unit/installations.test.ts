/**
 * The Deployments that the charts of the Go extensions render start `netext controller` without a change: their arguments, variables and
 * mounted files are read as what they say. The recordings are in ../shared/reference, where that folder is there.
 */
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Command } from 'commander';
import { loadAll } from 'js-yaml';
import { plugins } from '../../pkg/cli/context.ts';
import { type ControllerOptions, withControllerOptions } from '../../pkg/cli/controller-options.ts';
import { type ControllerSettings, readControllerSettings } from '../../pkg/cli/controller-settings.ts';
import { readImages } from '../../pkg/cli/images.ts';
import { isRecord } from '../../pkg/gardener/objects.ts';

const reference = path.join(import.meta.dirname, '../../../shared/reference');
const there = existsSync(reference);
const skip = there ? false : 'the recordings in ../shared/reference are not here';
if (!there) console.log(`SKIPPED: Deployments of the Go charts: ${skip}`);
const files = there ? globSync('{calico,cilium}/installation/ext*/expected.yaml', { cwd: reference }).sort() : [];

test('there are Deployments of both charts', { skip }, () => {
  for (const type of ['calico', 'cilium']) assert.ok(files.filter((file) => file.startsWith(type)).length > 3);
});

for (const file of files) {
  test(path.dirname(file), () => {
    const { args, env, mounted } = readDeployment(path.join(reference, file));
    const { settings, problems, notes } = readControllerSettings({
      options: parseArguments(args),
      env,
      files: args.flatMap((arg) => configFile(arg, mounted)),
      plugins,
    });
    assert.deepEqual(problems, []);
    assert.deepEqual(settings, expected({ type: file.split('/')[0] ?? '', args, env, mounted }));
    assert.deepEqual(notes, [{ message: 'Flags without effect', fields: { flags: ['--gardener-version'] } }]);
    const overwrite = settings?.imageVectorOverwrite;
    if (overwrite !== undefined)
      readImages({
        file: overwrite,
        bytes: mounted[overwrite] ?? assert.fail(`${overwrite} is not mounted`),
        shipped: [],
      });
  });
}

interface Deployment {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Contents of mounted ConfigMaps by path. */
  readonly mounted: Readonly<Record<string, Buffer>>;
}

/** What the text of the arguments says, read in another way than the program does. */
function expected({ type, args, env, mounted }: Deployment & { readonly type: string }): ControllerSettings {
  const value = (flag: string): string => args.find((arg) => arg.startsWith(`--${flag}=`))?.split('=')[1] ?? '';
  const port = (flag: string): number => Number(value(flag).replace(':', ''));
  const config =
    Object.entries(mounted)
      .find(([name]) => name === value('config-file'))?.[1]
      .toString() ?? '';
  const number = (field: string): number => Number(new RegExp(`^  ${field}: (.*)$`, 'm').exec(config)?.[1]);
  const gate = (name: string): boolean => new RegExp(`^  ${name}: true$`, 'm').test(config);
  const namespace = value('heartbeat-namespace');
  const calico = type === 'calico';
  return {
    types: [type],
    classes: ['shoot'],
    featureGates: calico
      ? Object.fromEntries(['NonPrivilegedCalicoNode', 'SeamlessOverlaySwitch'].map((name) => [name, gate(name)]))
      : {},
    concurrency: Number(value('max-concurrent-reconciles')),
    ignoreOperationAnnotation: value('ignore-operation-annotation') === 'true',
    selfHosted: value('autonomous-shoot-cluster') === 'true',
    kubeconfig: undefined,
    context: undefined,
    master: undefined,
    limits: config.includes('clientConnection') ? { qps: number('qps'), burst: number('burst') } : undefined,
    leaderElection: { namespace, name: `networking-${type}-leader-election` },
    heartbeat: {
      namespace,
      holder: `networking-${type}`,
      seconds: Number(value('heartbeat-renew-interval-seconds')),
    },
    metrics: { host: undefined, port: port('metrics-bind-address') },
    health: { host: undefined, port: port('health-bind-address') },
    webhook: calico
      ? undefined
      : {
          mode: 'service',
          url: undefined,
          namespace: value('webhook-config-namespace'),
          ownerNamespace: value('webhook-config-namespace'),
          servicePort: port('webhook-config-service-port'),
          server: { host: undefined, port: port('webhook-config-server-port') },
        },
    externalShootClient: false,
    imageVectorOverwrite: env['IMAGEVECTOR_OVERWRITE'],
    seed: undefined,
    shoot: undefined,
    log: { level: 'info', format: 'json' },
  };
}

function parseArguments(args: readonly string[]): ControllerOptions {
  const command = withControllerOptions(new Command('controller')).exitOverride();
  command.parse([...args], { from: 'user' });
  return command.opts();
}

function configFile(
  arg: string,
  mounted: Deployment['mounted'],
): readonly { readonly file: string; readonly bytes: Buffer }[] {
  if (!arg.startsWith('--config-file=')) return [];
  const file = arg.slice('--config-file='.length);
  return [{ file, bytes: mounted[file] ?? assert.fail(`${file} is not mounted`) }];
}

type Json = Readonly<Record<string, unknown>>;

function readDeployment(file: string): Deployment {
  const objects = loadAll(readFileSync(file, 'utf8')).filter(isRecord);
  const deployment = objects.find(({ kind }) => kind === 'Deployment') ?? assert.fail('no Deployment');
  const { namespace } = deployment['metadata'] as { readonly namespace: string };
  const { template } = deployment['spec'] as { readonly template: { readonly spec: PodSpec } };
  const { containers, volumes } = template.spec;
  const [container = assert.fail('no container')] = containers;
  const mounts = container.volumeMounts.flatMap(({ name, mountPath }) => {
    const map = volumes.find((volume) => volume.name === name)?.configMap.name;
    const found = objects.find(({ kind, metadata }) => kind === 'ConfigMap' && (metadata as Json)['name'] === map);
    const data = Object.entries((found?.['data'] ?? {}) as Readonly<Record<string, string>>);
    return data.map(([key, text]) => [path.join(mountPath, key), Buffer.from(text)] as const);
  });
  return {
    args: container.args,
    env: Object.fromEntries(container.env.map(({ name, value }) => [name, value ?? namespace])),
    mounted: Object.fromEntries(mounts),
  };
}

interface PodSpec {
  readonly containers: readonly {
    readonly args: readonly string[];
    readonly env: readonly { readonly name: string; readonly value?: string }[];
    readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
  }[];
  readonly volumes: readonly { readonly name: string; readonly configMap: { readonly name: string } }[];
}
