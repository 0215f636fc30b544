import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cases } from '../../test/support/cases.ts';
import type { KubeObject } from '../gardener/objects.ts';
import { plugins } from '../plugins/index.ts';
import { readDocuments } from '../yaml/documents.ts';
import { completed, completionText } from './completion.ts';
import { subjectsOf } from './subjects.ts';

function shootOf(type: string, kubernetes: unknown, metadata: object = {}): KubeObject {
  return {
    apiVersion: 'core.gardener.cloud/v1beta1',
    kind: 'Shoot',
    metadata: { name: 'web', namespace: 'garden-dev', ...metadata },
    spec: { provider: { workers: [{}] }, kubernetes, networking: { type } },
  };
}

const off = [{ path: 'spec.kubernetes.kubeProxy.enabled', value: false }];

cases<{ readonly shoot: KubeObject; readonly exists?: boolean; readonly fields: readonly object[] }>(
  {
    'a new Shoot that says nothing': { shoot: shootOf('cilium', undefined), fields: off },
    'a new Shoot that says nothing of kube-proxy': { shoot: shootOf('cilium', { version: '1.34.3' }), fields: off },
    'a new Shoot with kube-proxy': { shoot: shootOf('cilium', { kubeProxy: { enabled: true } }), fields: off },
    'a new Shoot without kube-proxy': { shoot: shootOf('cilium', { kubeProxy: { enabled: false } }), fields: [] },
    'another type': { shoot: shootOf('calico', {}), fields: [] },
    'one that an API server has stored': { shoot: shootOf('cilium', {}, { uid: 'u-1' }), fields: [] },
    'one that something else shows to exist': { shoot: shootOf('cilium', {}), exists: true, fields: [] },
  },
  ({ shoot, exists = false, fields }) => {
    const result = completed({ plugins, shoot, exists });
    assert.deepEqual(result.fields, fields);
    assert.equal(result.shoot === shoot, fields.length === 0);
  },
);

test('the text says what becomes of which field, and why', () =>
  assert.equal(
    completionText({ path: 'spec.a', value: 'x' }),
    'taken for a new Shoot, as it has no metadata.uid: the admission makes spec.a "x"',
  ));

test('a Shoot with a ManagedResource beside it runs already', () => {
  const shoot = JSON.stringify(shootOf('cilium', {}));
  const resource =
    'apiVersion: resources.gardener.cloud/v1alpha1\nkind: ManagedResource\nmetadata: {name: a, namespace: ';
  const fieldsBeside = (text: string) =>
    subjectsOf(readDocuments('in', Buffer.from(`${shoot}\n---\n${text}`)), plugins).map((one) => one.completed);
  assert.deepEqual(fieldsBeside(`${resource}shoot--dev--web}\n`), [[]]);
  assert.deepEqual(fieldsBeside(`${resource}shoot--dev--other}\n`), [off]);
});
