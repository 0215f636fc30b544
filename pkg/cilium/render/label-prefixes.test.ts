import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cases } from '../../../test/support/cases.ts';
import { labelPrefixes } from './label-prefixes.ts';

interface Entry {
  readonly prefix: string;
  readonly source: string;
  readonly invert: boolean;
}

const file: { readonly version: number; readonly 'valid-prefixes': readonly Entry[] } = JSON.parse(labelPrefixes());
const entries = file['valid-prefixes'];

/**
 * Reports whether a label is part of identities, as filterLabels in pkg/labelsfilter/filter.go of Cilium decides for entries of a file: sources
 * are equal, the key begins with the prefix, and with an including entry only included labels count.
 */
function isRelevant(label: string): boolean {
  const source = label.slice(0, label.indexOf(':'));
  const key = label.slice(source.length + 1);
  const lengths = (invert: boolean): readonly number[] =>
    entries
      .filter((one) => one.source === source && key.startsWith(one.prefix) && one.invert === invert)
      .map(({ prefix }) => prefix.length);
  const [included, ignored] = [Math.max(0, ...lengths(false)), Math.min(...lengths(true))];
  const isWhitelist = entries.some(({ invert }) => !invert);
  return (!isWhitelist && ignored === Infinity) || included > (ignored === Infinity ? 0 : ignored);
}

cases<readonly [relevant: boolean, ...labels: readonly string[]]>(
  {
    'labels of the user are part of identities': [true, 'k8s:app', 'k8s:app.kubernetes.io/name', 'k8s:tier'],
    'the namespace of a pod and its labels are part of identities': [
      true,
      'k8s:io.kubernetes.pod.namespace',
      'k8s:io.cilium.k8s.namespace.labels.kubernetes.io/metadata.name',
      'k8s:io.cilium.k8s.policy.serviceaccount',
      'k8s:io.cilium.k8s.policy.cluster',
    ],
    'the name of a pod of a StatefulSet is part of identities': [true, 'k8s:statefulset.kubernetes.io/pod-name'],
    'identities that are not of pods are unaffected': [true, 'reserved:host', 'reserved:world', 'cidr:10.0.0.0/8'],
    'labels of a rollout are excluded': [
      false,
      'k8s:pod-template-hash',
      'k8s:controller-revision-hash',
      'k8s:pod-template-generation',
    ],
    'labels of one pod are excluded': [
      false,
      'k8s:controller-uid',
      'k8s:batch.kubernetes.io/controller-uid',
      'k8s:batch.kubernetes.io/job-completion-index',
      'k8s:apps.kubernetes.io/pod-index',
    ],
    'labels of the topology are excluded': [
      false,
      'k8s:topology.kubernetes.io/zone',
      'k8s:failure-domain.beta.kubernetes.io/zone',
    ],
  },
  ([relevant, ...labels]) => {
    for (const label of labels) assert.equal(isRelevant(label), relevant, label);
  },
);

test('Cilium accepts the file', () => {
  assert.equal(file.version, 1);
  for (const { prefix, source } of entries) assert.ok(prefix !== '' && source !== '');
});
