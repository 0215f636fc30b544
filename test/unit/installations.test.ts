/**
 * The Deployments that the charts of the Go extensions render start `netext controller` without a change: their arguments, variables and
 * mounted files are read as what they say. The recordings are in ../shared/reference, where that folder is there.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { Command } from 'commander';
import { type ControllerOptions, withControllerOptions } from '../../controllers/process/controller/options.ts';
import { type ControllerSettings, readControllerSettings } from '../../controllers/process/controller/settings.ts';
import { readImages } from '../../pkg/plugins/images.ts';
import { plugins } from '../../pkg/plugins/index.ts';
import { type Installation, readInstallation, recordedInstallations } from '../support/installations.ts';

const { skip, files } = recordedInstallations('Deployments of the Go charts');

test('there are Deployments of both charts', { skip }, () => {
  for (const type of ['calico', 'cilium']) assert.ok(files.filter((file) => file.startsWith(type)).length > 3);
});

for (const file of files) {
  test(path.dirname(file), () => {
    const { args, env, mounted } = readInstallation(file);
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

/** What the text of the arguments says, read in another way than the program does. */
function expected({ type, args, env, mounted }: Installation & { readonly type: string }): ControllerSettings {
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
    operatorDefaults: {},
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
  mounted: Installation['mounted'],
): readonly { readonly file: string; readonly bytes: Buffer }[] {
  if (!arg.startsWith('--config-file=')) return [];
  const file = arg.slice('--config-file='.length);
  return [{ file, bytes: mounted[file] ?? assert.fail(`${file} is not mounted`) }];
}
