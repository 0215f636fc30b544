/**
 * The Deployments that the charts of the Go extensions render start `netext controller` unchanged: their arguments, variables and mounted files give
 * the settings that they name.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Command } from 'commander';
import { type ControllerOptions, withControllerOptions } from '../../controllers/process/controller/options.ts';
import { type ControllerSettings, readControllerSettings } from '../../controllers/process/controller/settings.ts';
import { readImages } from '../../pkg/plugins/images.ts';
import { plugins } from '../../pkg/plugins/index.ts';
import { cnis } from '../parity/cases.ts';
import { type ExtensionProcess, readProcesses } from '../parity/installations.ts';

const processes = readProcesses();

test('installations of both types are known', () => {
  for (const type of cnis) assert.ok(processes.filter((one) => one.type === type).length > 3);
});

for (const installation of processes) {
  const { type, name } = installation;
  test(`${type} ${name}`, () => {
    const { args, env, mounted } = installation.process;
    const { settings, problems, notes } = readControllerSettings({
      options: parseArguments(args),
      env,
      files: args.flatMap((arg) => configFile(arg, mounted)),
      plugins,
    });
    assert.deepEqual(problems, []);
    assert.deepEqual(settings, expectedSettings({ type, args, env, mounted }));
    assert.deepEqual(notes, [{ message: 'Ignored flags', fields: { flags: ['--gardener-version'] } }]);
    const overwrite = settings?.imageVectorOverwrite;
    if (overwrite !== undefined)
      readImages({
        file: overwrite,
        bytes: Buffer.from(mounted[overwrite] ?? assert.fail(`${overwrite} is not mounted`)),
        shipped: [],
      });
  });
}

/** The settings that the texts name, read in another way than by the program. */
function expectedSettings({
  type,
  args,
  env,
  mounted,
}: ExtensionProcess & { readonly type: string }): ControllerSettings {
  const value = (flag: string): string => args.find((arg) => arg.startsWith(`--${flag}=`))?.split('=')[1] ?? '';
  const port = (flag: string): number => Number(value(flag).replace(':', ''));
  const config = Object.entries(mounted).find(([name]) => name === value('config-file'))?.[1] ?? '';
  const number = (field: string): number => Number(new RegExp(`^  ${field}: (.*)$`, 'm').exec(config)?.[1]);
  const gate = (name: string): boolean => new RegExp(`^  ${name}: true$`, 'm').test(config);
  const namespace = value('heartbeat-namespace');
  const calico = type === 'calico';
  return {
    types: [type],
    classes: ['shoot'],
    featureGates: calico
      ? Object.fromEntries(['NonPrivilegedCalicoNode', 'SeamlessOverlaySwitch'].map((name) => [name, gate(name)]))
      : { CiliumGatewayAPI: gate('CiliumGatewayAPI') },
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
  mounted: ExtensionProcess['mounted'],
): readonly { readonly file: string; readonly bytes: Buffer }[] {
  if (!arg.startsWith('--config-file=')) return [];
  const file = arg.slice('--config-file='.length);
  return [{ file, bytes: Buffer.from(mounted[file] ?? assert.fail(`${file} is not mounted`)) }];
}
