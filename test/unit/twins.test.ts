/** pkg/calico and pkg/cilium have the same files with the same exports, so that what is true of one is true of the other. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { plugins } from '../../pkg/plugins/index.ts';

const root = path.join(import.meta.dirname, '../../pkg');

/** Files of one CNI only, with the reason. */
const own: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  calico: {
    'api/autodetection.ts': 'only Calico has methods for finding the address of a node',
    'api/regex-size.ts': 'only autodetection methods contain regular expressions',
    'effective-defaults.ts': 'only Calico has defaults that depend on the families of the shoot',
    'render/addresses.ts': 'only calico-node has options for the address of its node',
    'render/existing-pool.ts': 'only pools of Calico remain as the agents created them',
    'render/sizing.ts': 'only Calico has options for the size of its workloads',
    'shoot/overlay-switch.ts': 'only Calico waits for routes before it disables the overlay',
    'shoot/restarts.ts':
      'only Typha, or calico-node without it, serves an old state after a change of the control plane',
    'warnings/addresses.ts': 'only Calico has options per family and autodetection methods',
    'warnings/reachability.ts': 'only Calico has options whose combinations reach no node',
    'warnings/workloads.ts': 'only Calico has options for the size of its workloads and for an exporter',
  },
  cilium: {
    'api/agent-options.ts': 'only Cilium passes further options to its agents',
    'api/api-server.ts': 'only the operator of Cilium must reach the API server without kube-proxy',
    'api/devices.ts': 'only agents of Cilium read a list of devices',
    'api/diagnostics-datapath.ts': 'the rules of Cilium do not fit in one file',
    'api/duration.ts': 'only Cilium has options that are durations',
    'api/new-shoot.ts': 'only Cilium disables kube-proxy in new Shoots',
    'api/requirements.ts': 'only Cilium has options with requirements on other options',
    'api/validate-new.ts': 'only Cilium has validation for new configurations besides reachability',
    'nodelocaldns/node-local-dns.ts': 'only Cilium changes NodeLocalDNS, by a webhook',
    'nodelocaldns/webhook.ts': 'only Cilium has a webhook in the shoot',
    'render/agent-config.ts': 'only Cilium is configured by one ConfigMap',
    'render/agent-constants.ts': 'the constant part of that ConfigMap',
    'render/certgen.ts': 'only Hubble needs certificates in the shoot',
    'render/envoy.ts': 'only Cilium runs a proxy on the nodes',
    'render/host-routing.ts': 'only agents of Cilium may forward packets of pods past iptables',
    'render/label-prefixes.ts': 'only Cilium has identities that consist of labels',
    'render/postponed.ts': 'only Cilium may render nothing for a hibernated shoot',
    'render/ranges.ts': 'only Cilium has ranges that are routed natively',
    'shoot/ipam.ts': 'only Cilium preserves the IPAM mode of a running shoot',
    'shoot/pending.ts': 'only Cilium waits for inputs that the Cluster does not contain yet',
    'warnings/unreachable.ts': 'only the IPAM mode of Cilium is no option, and may require a tunnel',
  },
};

const [first, second] = ['calico', 'cilium'] as const;

test('both folders have the same files, except those with a reason', () => {
  const shared = (cni: string): readonly string[] =>
    listFiles(cni).filter((file) => own[cni]?.[file] === undefined && !isDashboard(file));
  assert.deepEqual(shared(first), shared(second));
  assert.ok(shared(first).length >= 18, `only ${shared(first).length} files are shared`);
});

test('each exception exists in its folder only', () => {
  for (const [cni, files] of Object.entries(own)) {
    const other = cni === first ? second : first;
    for (const [file, reason] of Object.entries(files)) {
      assert.ok(listFiles(cni).includes(file), `pkg/${cni}/${file} does not exist`);
      assert.ok(!listFiles(other).includes(file), `pkg/${other}/${file} exists as well`);
      assert.ok(reason.length > 20, `pkg/${cni}/${file} has no reason`);
    }
  }
});

for (const file of listFiles(first).filter((one) => listFiles(second).includes(one))) {
  test(`${file} exports the same names for both CNIs`, () => {
    assert.deepEqual(listExports(first, file), listExports(second, file));
  });

  test(`${file} exports functions with equal numbers of parameters`, async () => {
    assert.deepEqual(await listSignatures(first, file), await listSignatures(second, file));
  });
}

test('only the folder of a CNI contains the name of its extension', () => {
  // An example of a command line in the help.
  const exceptions = ['controllers/process/commands.ts'];
  const sources = globSync('{pkg,controllers,hack}/**/*.ts', { cwd: path.dirname(root) }).filter(
    (file) => !file.endsWith('.test.ts') && !/^pkg\/(?:calico|cilium)\//.test(file) && !exceptions.includes(file),
  );
  assert.ok(sources.length > 200, `only ${sources.length} sources`);
  const code = (file: string): string =>
    readFileSync(path.join(root, '..', file), 'utf8').replace(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, '');
  for (const cni of [first, second])
    assert.deepEqual(
      sources.filter((file) => code(file).includes(`networking-${cni}`)),
      [],
    );
});

test('each registered CNI is one of the twins', () => {
  assert.deepEqual(plugins.map(({ type }) => type).sort(), [first, second]);
});

/** Returns the sources in the folder of a CNI. */
function listFiles(cni: string): readonly string[] {
  return globSync('**/*.ts', { cwd: path.join(root, cni) })
    .filter((file) => !file.endsWith('.test.ts') && !file.startsWith('testdata/'))
    .sort();
}

/** Each component with metrics has one file. */
function isDashboard(file: string): boolean {
  return /^monitoring\/dashboards-\w+\.ts$/.test(file);
}

/** Returns `kind name` of all exports of a file, including types; the name of the CNI is replaced. */
function listExports(cni: string, file: string): readonly string[] {
  const text = readFileSync(path.join(root, cni, file), 'utf8');
  assert.doesNotMatch(text, /^export (?:default|\*|\{)/m, `${file} has an export that this test does not parse`);
  const found = text.matchAll(/^export (?:async )?(const|function|interface|type|class) (\w+)/gm);
  return Array.from(found, ([, kind = '', name = '']) => `${kind} ${neutral(name, cni)}`).sort();
}

async function listSignatures(cni: string, file: string): Promise<readonly string[]> {
  const exported = (await import(path.join(root, cni, file))) as Readonly<Record<string, unknown>>;
  return Object.entries(exported)
    .map(([name, value]) => {
      const kind = typeof value === 'function' ? `function of ${value.length}` : typeof value;
      return `${neutral(name, cni)}: ${kind}`;
    })
    .sort();
}

function neutral(name: string, cni: string): string {
  return name.replace(new RegExp(`^${cni}`, 'i'), 'cni');
}
