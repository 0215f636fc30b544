/** A further CNI requires only a plugin: controller, admission and command line serve it like Calico and Cilium. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod';
import { createMutator, createValidator } from '../../controllers/admission/handlers.ts';
import type { NetworkContext } from '../../controllers/network/context.ts';
import { runNetwork } from '../../controllers/network/run.ts';
import { readControllerConfigs } from '../../controllers/process/controller/config.ts';
import { resources } from '../../controllers/resources.ts';
import { planInput } from '../../pkg/cli/input.ts';
import { isRecord, type KubeObject, recordOf } from '../../pkg/gardener/objects.ts';
import { readManifests } from '../../pkg/managedresource/read.ts';
import { text } from '../../pkg/network/config-schema.ts';
import { decodeNetwork, hasShoot, type NetworkRules } from '../../pkg/network/decode-network.ts';
import { type DiagnosticRules, reporter } from '../../pkg/network/diagnostics.ts';
import type { NetworkPlugin } from '../../pkg/network/plugin.ts';
import { plugins } from '../../pkg/plugins/index.ts';
import { fromPlain } from '../../pkg/templates/render.ts';
import { createContext } from '../scenarios/support/runner.ts';
import { networkName } from '../scenarios/support/scenario.ts';
import { startScenario } from '../scenarios/support/seed.ts';

const schema = z.strictObject({ greeting: text('Greeting for the nodes.') });
type Config = z.infer<typeof schema>;

const rules = {
  'third-loud': { severity: 'warning', title: 'The greeting is loud', reason: 'It ends with "!".', remedy: 'Whisper.' },
  'third-rude': { severity: 'error', title: 'The greeting is rude', reason: 'It is "go".', remedy: 'Be polite.' },
} as const satisfies DiagnosticRules;
const report = reporter(rules);

const networkRules: NetworkRules<Config> = {
  schema,
  apiVersion: 'third.networking.extensions.gardener.cloud/v1alpha1',
  kind: 'NetworkConfig',
  config: ({ config, object, path }) =>
    config.greeting === 'go' ? [report('third-rude', { object, path: `${path}.greeting`, message: 'is rude' })] : [],
  shoot: () => [],
  ranges: () => [],
  rangeLists: () => [],
};

/** A minimal CNI: one option, one object in the shoot. */
const third: NetworkPlugin<Config> = {
  type: 'third',
  title: 'Third',
  configuration: {
    ...networkRules,
    schema,
    operatorDefaults: schema,
    examples: {},
    effectiveDefaults: ({ greeting }) => ({ greeting: greeting ?? 'hello' }),
  },
  featureGates: {},
  rules,
  verdicts: {},
  compatibility: { version: '1.0.0', sources: '1.0.0', minor: '1.0', images: [], companions: {}, goExtension: '' },
  managedResource: 'extension-networking-third-config',
  seedObjectNames: [],
  legacySeedObjectNames: [],
  decode: (input) => decodeNetwork(input, networkRules),
  queries: () => ({ shoot: [], apiServerAddresses: false }),
  check({ config, diagnostics }) {
    const warning = { object: 'Network', path: 'spec.providerConfig.greeting', message: 'is loud' };
    return config.greeting?.endsWith('!') === true ? [...diagnostics, report('third-loud', warning)] : diagnostics;
  },
  completeNewShoot: (shoot) => ({ ...shoot, spec: { ...recordOf(shoot['spec']), completed: true } }),
  plan(decoded) {
    const diagnostics = third.check(decoded);
    if (!hasShoot(decoded) || decoded.diagnostics.length > 0) return { outcome: 'refused', diagnostics };
    const metadata = { name: 'third-config', namespace: 'kube-system' };
    const data = { greeting: decoded.effective.greeting ?? 'hello' };
    const objects = [fromPlain({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data })];
    return {
      outcome: 'planned',
      diagnostics,
      plan: {
        managedResource: { name: third.managedResource, origin: 'third', parts: [{ key: 'config.yaml', objects }] },
        seedObjects: [],
        obsoleteSeedObjects: [],
        status: { ipFamilies: decoded.families, providerStatus: {} },
      },
    };
  },
  explain: () => undefined,
  dataPath: () => [],
  traffic: () => ({
    services: 'kube-proxy',
    policies: 'iptables',
    masquerade: ['IPv4'],
    exemptsNodes: false,
    encryption: undefined,
    localDns: 'none',
  }),
};

const all = [...plugins, third];

function shoot(config?: object): KubeObject {
  const networking = { type: 'third', pods: '10.96.0.0/11', services: '10.64.0.0/13', providerConfig: config };
  return {
    apiVersion: 'core.gardener.cloud/v1beta1',
    kind: 'Shoot',
    metadata: { name: 'web', namespace: 'garden-dev' },
    spec: { kubernetes: { version: '1.34.3' }, provider: { workers: [{ name: 'a' }] }, networking },
  };
}

test('the controller reconciles Networks of a further CNI', async () => {
  const outcome = await reconcile({ greeting: 'good morning' });
  assert.equal(outcome.result, 'succeeded');
  assert.deepEqual(
    outcome.objects.map(({ data }) => data),
    [{ greeting: 'good morning' }],
  );
});

test('operators can set defaults for the options of a further CNI', async () => {
  const { documents, problems } = readControllerConfigs([{ file: 'a.yaml', bytes: Buffer.from(operatorConfig) }], all);
  assert.deepEqual(problems, []);
  const operatorDefaults = Object.fromEntries(documents.map((one) => [one.type, one.operatorDefaults]));
  const greeting = async (config: object) => (await reconcile(config, operatorDefaults)).objects[0]?.['data'];
  assert.deepEqual(await greeting({}), { greeting: 'welcome' });
  assert.deepEqual(await greeting({ greeting: 'good morning' }), { greeting: 'good morning' });
});

const operatorConfig = `
apiVersion: third.networking.extensions.config.gardener.cloud/v1alpha1
kind: ControllerConfiguration
greeting: welcome
`;

test('the controller refuses invalid configurations of a further CNI', async () => {
  assert.deepEqual(await reconcile({ greeting: 'go' }), { result: 'refused', objects: [] });
});

test('the admission validates Shoots of a further CNI, and sets their defaults', async () => {
  const request = { uid: '1', operation: 'CREATE', dryRun: false, namespace: 'garden-dev', name: 'web' } as const;
  const review = (config: object) => ({ ...request, object: shoot(config), oldObject: null });
  const refused = await createValidator(all)(review({ greeting: 'go' }));
  assert.ok(!refused.allowed);
  assert.equal(refused.message, 'spec.networking.providerConfig.greeting: is rude');
  assert.equal((await createValidator(all)(review({ greeting: 'good morning' }))).allowed, true);
  const mutated = await createMutator(all)(review({}));
  assert.deepEqual(mutated.allowed && mutated.patch, [{ op: 'add', path: '/spec/completed', value: true }]);
});

test('the command line plans Shoots of a further CNI, with the lines of findings', async () => {
  const screen = { write: assert.fail, colour: false, width: undefined };
  const file = JSON.stringify(shoot({ greeting: 'hello!' }), undefined, 2);
  const terminal = { stdin: assert.fail, readFile: () => chunk(file), listFolder, out: screen, err: screen };
  const {
    planned: [planned],
  } = await planInput({ file: ['shoot.json'], featureGates: [] }, terminal, all);
  assert.ok(planned?.result.outcome === 'planned');
  const [warning] = planned.result.diagnostics;
  assert.ok(warning !== undefined);
  assert.equal(warning.code, 'third-loud');
  const line = file.split('\n').findIndex((text) => text.includes('greeting')) + 1;
  assert.equal(planned.subject.locate({ ...warning, object: 'Network shoot--dev--web/web' }).line, line);
});

test('without the plugin the type is refused', async () => {
  const screen = { write: assert.fail, colour: false, width: undefined };
  const readFile = () => chunk(JSON.stringify(shoot()));
  const terminal = { stdin: assert.fail, readFile, listFolder, out: screen, err: screen };
  const {
    planned: [planned],
  } = await planInput({ file: ['shoot.json'], featureGates: [] }, terminal);
  assert.equal(planned?.result.outcome, 'refused');
});

async function* chunk(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

async function listFolder(): Promise<undefined> {}

/** Runs the controller once on a seed in memory; returns the result and the objects of the shoot. */
async function reconcile(
  config: object,
  operatorDefaults: NetworkContext['operatorDefaults'] = {},
): Promise<{ readonly result: string; readonly objects: readonly KubeObject[] }> {
  const network = {
    apiVersion: 'extensions.gardener.cloud/v1alpha1',
    kind: 'Network',
    metadata: { name: networkName, annotations: { 'gardener.cloud/operation': 'reconcile' } },
    spec: { type: 'third', podCIDR: '10.96.0.0/11', serviceCIDR: '10.64.0.0/13', providerConfig: config },
  };
  const cluster = {
    apiVersion: 'extensions.gardener.cloud/v1alpha1',
    kind: 'Cluster',
    metadata: { name: 'cluster' },
    spec: { cloudProfile: {}, seed: {}, shoot: shoot(config) },
  };
  const { world } = await startScenario({
    given: [
      { do: 'create', object: cluster },
      { do: 'create', object: network },
    ],
    expected: { reason: undefined, results: [], writes: [], network: 'gone', objects: [] },
  });
  const { client, clock, namespace } = world;
  const context = { ...createContext({ client, clock }), plugins: all, operatorDefaults };
  const { signal } = new AbortController();
  const { result } = await runNetwork(context, { key: `${namespace}/${networkName}`, signal });
  const { items } = await client.list({ resource: resources.secrets, namespace });
  return { result, objects: readManifests(items.filter(({ data }) => isRecord(data))) };
}
