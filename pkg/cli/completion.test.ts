import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cases } from '../../test/support/cases.ts';
import type { KubeObject } from '../gardener/objects.ts';
import { plugins } from '../plugins/index.ts';
import { readDocuments } from '../yaml/documents.ts';
import { applyMutatingWebhook, describeCompletion } from './completion.ts';
import { findSubjects } from './subjects.ts';

function shootWith(type: string, kubernetes: unknown, metadata: object = {}): KubeObject {
  return {
    apiVersion: 'core.gardener.cloud/v1beta1',
    kind: 'Shoot',
    metadata: { name: 'web', namespace: 'garden-dev', ...metadata },
    spec: { provider: { workers: [{}] }, kubernetes, networking: { type } },
  };
}

const off = [{ path: 'spec.kubernetes.kubeProxy.enabled', value: false }];

cases<{ readonly shoot: KubeObject; readonly exists?: boolean; readonly fields: readonly object[] }>(
  'applyMutatingWebhook completes',
  {
    'a new Shoot without spec.kubernetes': { shoot: shootWith('cilium', undefined), fields: off },
    'a new Shoot without kubeProxy': { shoot: shootWith('cilium', { version: '1.34.3' }), fields: off },
    'a new Shoot that enables kube-proxy': {
      shoot: shootWith('cilium', { kubeProxy: { enabled: true } }),
      fields: off,
    },
    'a new Shoot that disables kube-proxy': {
      shoot: shootWith('cilium', { kubeProxy: { enabled: false } }),
      fields: [],
    },
    'a new Shoot of another type': { shoot: shootWith('calico', {}), fields: [] },
    'a Shoot with a uid': { shoot: shootWith('cilium', {}, { uid: 'u-1' }), fields: [] },
    'a Shoot that exists according to the input': { shoot: shootWith('cilium', {}), exists: true, fields: [] },
  },
  ({ shoot, exists = false, fields }) => {
    const result = applyMutatingWebhook({ plugins, shoot, exists });
    assert.deepEqual(result.fields, fields);
    assert.equal(result.shoot === shoot, fields.length === 0);
  },
);

test('describeCompletion names the field, its value and the reason', () =>
  assert.equal(
    describeCompletion({ path: 'spec.a', value: 'x' }),
    'treated as a new Shoot because metadata.uid is not set: the admission sets spec.a to "x"',
  ));

test('a Shoot with a ManagedResource in the input exists', () => {
  const shoot = JSON.stringify(shootWith('cilium', {}));
  const resource =
    'apiVersion: resources.gardener.cloud/v1alpha1\nkind: ManagedResource\nmetadata: {name: a, namespace: ';
  const fieldsWith = (text: string) =>
    findSubjects(readDocuments('in', Buffer.from(`${shoot}\n---\n${text}`)), plugins).subjects.map(
      (one) => one.completed,
    );
  assert.deepEqual(fieldsWith(`${resource}shoot--dev--web}\n`), [[]]);
  assert.deepEqual(fieldsWith(`${resource}shoot--dev--other}\n`), [off]);
});
