/** The stored hashes find changes of rendered objects: leaf by leaf in a default case, and by example with the message of a failure. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeObject, isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import { cases } from '../support/cases.ts';
import { isScript, type Leaves } from './canonical.ts';
import { caseProblems } from './case-problems.ts';
import { type Cni, cnis, type ParityCase, readCase } from './cases.ts';
import { deviationList } from './deviations.ts';
import { describeDifferences, differences, leafDifferences, type ObjectLeaves } from './differences.ts';
import { leafHash, type ObjectHashes } from './leaf-hashes.ts';
import { type CaseObjects, comparedLeaves } from './objects.ts';
import { renderCase } from './rendering.ts';
import { readHashes } from './stored-hashes.ts';

const defaultCase = '01-defaults-no-providerconfig';

interface Rendered {
  readonly parityCase: ParityCase;
  readonly expected: ObjectHashes;
  readonly objects: CaseObjects;
}

async function rendered(cni: Cni): Promise<Rendered> {
  const parityCase = readCase(cni, defaultCase);
  const rendering = await renderCase(parityCase);
  const expected = readHashes(cni, 'objects').get(defaultCase);
  assert.ok('objects' in rendering && expected !== undefined);
  return { parityCase, expected, objects: rendering.objects };
}

/** Keys and indexes from the root of an object. */
type Path = readonly string[];
type Part = 'shoot' | 'seed';
type Plain = Readonly<Record<string, unknown>>;

/** Leaves beside scripts that may change freely: texts in each project's own words, and names that are hashes. */
const free: readonly RegExp[] = [
  /\.annotations\.gardener\.cloud\/description$/,
  /\.clientConfig\.caBundle$/,
  /^ConfigMap \S+-dashboards data\./,
  /^ManagedResource \S+ (metadata\.annotations|spec\.secretRefs)\./,
];

for (const cni of cnis) {
  test(`finds a change of any leaf of ${cni}, except for scripts and own texts`, async () => {
    const { expected, objects } = await rendered(cni);
    let count = 0;
    for (const part of ['shoot', 'seed'] as const) {
      for (const object of objects[part].filter(({ kind }) => kind !== 'Secret')) {
        for (const path of leafPaths(object)) {
          count += 1;
          const place = `${describeObject(object)} ${path.join('.')}`;
          const changed = edited(object, path, changedLeaf);
          const isFree = isScriptPath(object, path) || free.some((pattern) => pattern.test(place));
          assert.equal(isNoticed({ expected, part, object, changed }), !isFree, place);
        }
      }
    }
    assert.ok(count > 1_000, `only ${count} leaves were changed`);
  });
}

/** Whether the leaves of the changed object differ from the recorded ones elsewhere than those of the object. */
function isNoticed(input: {
  readonly expected: ObjectHashes;
  readonly part: Part;
  readonly object: KubeObject;
  readonly changed: KubeObject;
}): boolean {
  const { expected, part, object, changed } = input;
  const name = describeObject(object);
  const hashes = expected.get(name) ?? new Map();
  const leaves = leavesIn(part, changed).get(name);
  if (leaves === undefined) return true;
  const places = (one: Leaves): string =>
    JSON.stringify(leafDifferences({ object: name, hashes, leaves: one }).map(({ path, actual }) => [path, actual]));
  return places(leaves) !== places(leavesIn(part, object).get(name) ?? new Map());
}

function leavesIn(part: Part, object: KubeObject): ReadonlyMap<string, Leaves> {
  const nothing = { shoot: [], seed: [], status: undefined };
  return comparedLeaves({ ...nothing, [part]: [object] });
}

/** All leaves; of CRDs, which are large, every twentieth. */
function leafPaths(object: KubeObject): readonly Path[] {
  const paths: Path[] = [];
  const visit = (node: unknown, path: Path): void => {
    const members = typeof node === 'object' && node !== null ? Object.entries(node) : [];
    if (members.length === 0 && node !== null) paths.push(path);
    for (const [key, member] of members) visit(member, [...path, key]);
  };
  visit(object, []);
  return object.kind === 'CustomResourceDefinition' ? paths.filter((_, index) => index % 20 === 3) : paths;
}

function isScriptPath(object: KubeObject, path: Path): boolean {
  if (!['command', 'args'].includes(path.at(-2) ?? '')) return false;
  const list = path.slice(0, -1).reduce((value: unknown, key) => (value as Plain | undefined)?.[key], object);
  return Array.isArray(list) && isScript(list, Number(path.at(-1)));
}

/** A copy of a value in which `change` replaces the value at a path; undefined removes it. */
function edited<Value>(value: Value, path: Path, change: (value: unknown) => unknown): Value {
  const [key, ...rest] = path;
  if (key === undefined) return change(value) as Value;
  if (Array.isArray(value)) {
    const list = value.map((one: unknown, index) => (String(index) === key ? edited(one, rest, change) : one));
    return list.filter((one) => one !== undefined) as Value;
  }
  const record: Plain = isRecord(value) ? value : {};
  const members = { ...record, [key]: edited(record[key], rest, change) };
  return Object.fromEntries(Object.entries(members).filter(([, one]) => one !== undefined)) as Value;
}

function changedLeaf(value: unknown): unknown {
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'boolean') return !value;
  return typeof value === 'string' ? `${value}x` : ['x'];
}

test('a failure names object, path, hash and our value, and the recorded value where it is known', () => {
  const expected = new Map([['Pod a', new Map([['spec.x', leafHash('"wanted"')]])]]);
  const actual = new Map([['Pod a', new Map([['spec.x', '"given"']])]]);
  const found = differences(expected, actual);
  const message = (recorded: ObjectLeaves | undefined, ...others: readonly string[]): readonly string[] => {
    const elsewhere = new Map(others.map((json) => [json, json]));
    return describeDifferences(found, { actual: new Map([...actual, ['Pod b', elsewhere]]), recorded });
  };
  const hash = leafHash('"wanted"');
  assert.match(hash, /^[0-9a-f]{8}$/);
  const known = [`Pod a spec.x: expected a value with hash ${hash}, "wanted", got "given"`];
  assert.deepEqual(message(undefined), [`Pod a spec.x: expected a value with hash ${hash}, got "given"`]);
  assert.deepEqual(message(new Map([['Pod a', new Map([['spec.x', '"wanted"']])]])), known);
  assert.deepEqual(message(undefined, '"wanted"'), known);
});

interface Mutation {
  readonly cni: Cni;
  readonly object: string;
  readonly path: Path;
  readonly change: (value: unknown) => unknown;
  /** Beginnings of all lines of the failure; the recorded value stands in a line where the recordings are. */
  readonly problems: readonly string[];
}

const calicoNode = { cni: 'calico', object: 'DaemonSet kube-system/calico-node' } as const;
const agentConfig = { cni: 'cilium', object: 'ConfigMap kube-system/cilium-config' } as const;
const controllersRole = { cni: 'calico', object: 'ClusterRole calico-kube-controllers' } as const;
const pod = ['spec', 'template', 'spec'];

cases<Mutation>(
  {
    'a failure shows an expected value that is rendered elsewhere': {
      ...agentConfig,
      path: ['data', 'enable-l7-proxy'],
      change: () => 'perhaps',
      problems: [
        `${agentConfig.object} data.enable-l7-proxy: expected a value with hash 18d10c7d, "true", got "perhaps"`,
      ],
    },
    'finds a removed key': {
      ...agentConfig,
      path: ['data', 'enable-l7-proxy'],
      change: () => undefined,
      problems: [`${agentConfig.object} data.enable-l7-proxy: expected a value with hash 18d10c7d, "true", got none`],
    },
    'finds an added key': {
      ...agentConfig,
      path: ['data', 'enable-telepathy'],
      change: () => 'true',
      problems: [`${agentConfig.object} data.enable-telepathy: expected no value, got "true"`],
    },
    'finds a renamed object': {
      ...agentConfig,
      path: ['metadata', 'name'],
      change: () => 'cilium-options',
      problems: [
        `${agentConfig.object}: recorded, but not rendered`,
        'ConfigMap kube-system/cilium-options: rendered, but not recorded',
      ],
    },
    'finds an additional right': {
      ...controllersRole,
      path: ['rules', '0', 'resources'],
      change: (resources) => [...(resources as readonly string[]), 'secrets'],
      problems: ['get', 'list', 'watch'].map(
        (verb) => `${controllersRole.object} rules./secrets:${verb}: expected no value, got true`,
      ),
    },
    'finds another order of containers': {
      ...calicoNode,
      path: [...pod, 'initContainers'],
      change: (containers) => (containers as readonly unknown[]).toReversed(),
      problems: [`${calicoNode.object} spec.template.spec.initContainers.#order: expected a value with hash e238dd25`],
    },
    'allows another order of variables': {
      ...calicoNode,
      path: [...pod, 'containers', '0', 'env'],
      change: (variables) => (variables as readonly unknown[]).toReversed(),
      problems: [],
    },
    'allows another order of RBAC rules': {
      ...controllersRole,
      path: ['rules'],
      change: (rules) => (rules as readonly unknown[]).toReversed(),
      problems: [],
    },
    'allows another notation of a quantity': {
      ...calicoNode,
      path: [...pod, 'containers', '1', 'resources', 'requests', 'cpu'],
      change: (cpu) => (cpu === '250m' ? '0.25' : cpu),
      problems: [],
    },
    'allows a default that is spelled out': {
      ...calicoNode,
      path: [...pod, 'containers', '1', 'volumeMounts', '2', 'readOnly'],
      change: () => false,
      problems: [],
    },
    'allows another script': {
      ...calicoNode,
      path: [...pod, 'initContainers', '0', 'command', '2'],
      change: () => 'true',
      problems: [],
    },
  },
  async ({ cni, object, path, change, problems }) => {
    const { parityCase, expected, objects } = await rendered(cni);
    const shoot = objects.shoot.map((each) => (describeObject(each) === object ? edited(each, path, change) : each));
    assert.notDeepEqual(shoot, objects.shoot);
    const rendering = { objects: { ...objects, shoot } };
    const found = caseProblems({ parityCase, rendering, expected, deviations: deviationList(cni) });
    assert.deepEqual(
      found.map((problem, index) => problem.slice(0, problems[index]?.length)),
      problems,
    );
  },
);
