import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { requiredVersion } from '../../controlplane/recipe.ts';
import { kubeProxySet } from './programs.ts';

test('kube-proxy has the version of the API server', () => {
  const apiServer = path.join(import.meta.dirname, '../../controlplane/build/kube-apiserver');
  assert.equal(kubeProxySet().version, requiredVersion(apiServer, 'k8s.io/kubernetes'));
});
