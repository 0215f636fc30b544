import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { cases } from '../../test/support/cases.ts';
import type { KubeObject } from '../gardener/objects.ts';
import { type ObjectChange, objectChanges } from './changes.ts';

function object(kind: string, content: object, annotations: Readonly<Record<string, string>> = {}): KubeObject {
  return { apiVersion: 'apps/v1', kind, metadata: { name: 'x', namespace: 'n', annotations }, ...content };
}

function change(before: KubeObject, after: KubeObject): ObjectChange | undefined {
  return objectChanges({ before: [before], after: [after] })[0];
}

const recreate = { 'resources.gardener.cloud/delete-on-invalid-update': 'true' };

suite('pods roll', () => {
  const image = (tag: string, rest: object = {}): object => ({
    spec: { ...rest, template: { spec: { containers: [{ name: 'c', image: tag }] } } },
  });
  const table: Readonly<Record<string, readonly [kind: string, rest: object, strategy: string | undefined]>> = {
    'one node after the other': ['DaemonSet', {}, 'RollingUpdate, maxUnavailable 1'],
    'several nodes at once': [
      'DaemonSet',
      { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '10%' } } },
      'RollingUpdate, maxUnavailable 10%',
    ],
    'when somebody deletes them': ['DaemonSet', { updateStrategy: { type: 'OnDelete' } }, undefined],
    'of a Deployment': ['Deployment', {}, 'RollingUpdate, maxUnavailable 25%'],
    'all at once': ['Deployment', { strategy: { type: 'Recreate' } }, 'Recreate'],
    'of a StatefulSet': ['StatefulSet', {}, 'RollingUpdate, maxUnavailable 1'],
  };
  cases(table, ([kind, rest, strategy]) => {
    const found = change(object(kind, image('a', rest)), object(kind, image('b', rest)));
    assert.deepEqual(found?.roll, {
      reasons: [{ path: 'spec.template.spec.containers[c].image', kind: 'changed', before: 'a', after: 'b' }],
      strategy,
    });
  });

  test('but not for what is outside of their template', () => {
    const found = change(object('DaemonSet', { spec: { minReadySeconds: 1 } }), object('DaemonSet', { spec: {} }));
    assert.deepEqual([found?.change, found?.roll, found?.differences.length], ['changed', undefined, 1]);
  });

  test('nor of other kinds', () => {
    const found = change(object('CronJob', image('a')), object('CronJob', image('b')));
    assert.deepEqual([found?.change, found?.roll, found?.immutable], ['changed', undefined, undefined]);
  });
});

interface Stuck {
  readonly kind: string;
  readonly before: object;
  readonly after: object;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Undefined: may be changed. */
  readonly recreated?: boolean;
}

suite('what cannot be changed in place', () => {
  const template = (image: string): object => ({ spec: { template: { image } } });
  const table: Readonly<Record<string, Stuck>> = {
    'a selector': {
      kind: 'DaemonSet',
      before: { spec: { selector: { a: '1' } } },
      after: { spec: { selector: { a: '2' } } },
      recreated: false,
    },
    'the pods of a Job': { kind: 'Job', before: template('a'), after: template('b'), recreated: false },
    'the pods of a Job that may be run again': {
      kind: 'Job',
      before: template('a'),
      after: template('b'),
      annotations: recreate,
      recreated: true,
    },
    'the selector of a Job, which the API server makes': {
      kind: 'Job',
      before: { spec: { selector: { a: '1' } } },
      after: { spec: {} },
    },
    'the role of a binding': {
      kind: 'RoleBinding',
      before: { roleRef: { name: 'a' } },
      after: { roleRef: { name: 'b' } },
      recreated: false,
    },
    'the address of a Service': {
      kind: 'Service',
      before: { spec: { clusterIP: 'None' } },
      after: { spec: { clusterIP: '10.0.0.1' } },
      recreated: false,
    },
    'an address that nobody asks for any more': {
      kind: 'Service',
      before: { spec: { clusterIP: '10.0.0.1' } },
      after: { spec: {} },
    },
    'the name of the service of a StatefulSet': {
      kind: 'StatefulSet',
      before: { spec: { serviceName: 'a' } },
      after: { spec: { serviceName: 'b' } },
      recreated: false,
    },
    'replicas of a StatefulSet': {
      kind: 'StatefulSet',
      before: { spec: { replicas: 1 } },
      after: { spec: { replicas: 2 } },
    },
    'a sealed ConfigMap': {
      kind: 'ConfigMap',
      before: { immutable: true, data: { a: '1' } },
      after: { immutable: true, data: { a: '2' } },
      recreated: true,
    },
    'a ConfigMap': { kind: 'ConfigMap', before: { data: { a: '1' } }, after: { data: { a: '2' } } },
    'the type of a Secret': { kind: 'Secret', before: { type: 'a' }, after: { type: 'b' }, recreated: false },
    'the scope of a CRD': {
      kind: 'CustomResourceDefinition',
      before: { spec: { scope: 'Cluster' } },
      after: { spec: { scope: 'Namespaced' } },
      recreated: false,
    },
  };
  cases(table, ({ kind, before, after, annotations, recreated }) => {
    const found = change(object(kind, before, annotations), object(kind, after, annotations));
    assert.equal(found?.immutable?.recreated, recreated);
  });
});

test('a replica count that the shoot decides is no change', () => {
  const rest = { template: {} };
  assert.equal(
    change(object('Deployment', { spec: { ...rest, replicas: 3 } }), object('Deployment', { spec: rest })),
    undefined,
  );
});

test('what comes and goes', () => {
  const named = (name: string, annotations = {}): KubeObject => ({
    ...object('ConfigMap', {}),
    metadata: { name, annotations },
  });
  const before = [
    named('old'),
    named('kept', { 'resources.gardener.cloud/keep-object': 'true' }),
    named('both'),
    named('both'),
  ];
  const after = [named('both'), named('new')];
  assert.deepEqual(
    objectChanges({ before, after }).map((one) => [one.object, one.change]),
    [
      ['ConfigMap kept', 'released'],
      ['ConfigMap new', 'added'],
      ['ConfigMap old', 'removed'],
    ],
  );
});

test('another version of a group is the same object, another group is not', () => {
  const of = (apiVersion: string): KubeObject => ({ ...object('X', {}), apiVersion });
  assert.equal(change(of('a.io/v1beta1'), of('a.io/v1'))?.change, 'changed');
  assert.deepEqual(
    objectChanges({ before: [of('a.io/v1')], after: [of('b.io/v1')] })
      .map((one) => one.change)
      .sort(),
    ['added', 'removed'],
  );
});
