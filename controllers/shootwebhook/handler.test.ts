import assert from 'node:assert/strict';
import { nodeLocalDNSWebhook } from '../../pkg/cilium/nodelocaldns/webhook.ts';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import type { ReviewRequest } from '../../pkg/webhook/review.ts';
import { cases } from '../../test/support/cases.ts';
import { shootWebhookHandler } from './handler.ts';

const corefile: KubeObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'node-local-dns-1', namespace: 'kube-system', labels: { 'k8s-app': 'node-local-dns' } },
  data: { Corefile: '.:53 {\n  bind 169.254.20.10\n}\n' },
};
const mutated = [{ op: 'replace', path: '/data/Corefile', value: '.:53 {\n  bind 0.0.0.0\n}\n' }];

const asked: ReviewRequest = {
  uid: '1',
  operation: 'CREATE',
  dryRun: false,
  namespace: 'kube-system',
  name: 'node-local-dns-1',
  object: corefile,
  oldObject: null,
};

function daemonSet(pod: object): KubeObject {
  const spec = { template: { spec: pod } };
  return { ...corefile, apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { ...corefile.metadata }, spec };
}

const table: Readonly<Record<string, readonly [change: Partial<ReviewRequest>, patch: unknown]>> = {
  'a ConfigMap of NodeLocalDNS': [{}, mutated],
  'its update, and as a dry run': [{ operation: 'UPDATE', oldObject: corefile, dryRun: true }, mutated],
  'once mutated, it stays': [{ object: { ...corefile, data: { Corefile: 'bind 0.0.0.0' } } }, []],
  'a DaemonSet': [
    { object: daemonSet({ hostNetwork: true, containers: [{ name: 'node-cache', args: ['-conf'] }] }) },
    [
      { op: 'remove', path: '/spec/template/spec/hostNetwork' },
      {
        op: 'replace',
        path: '/spec/template/spec/containers/0/args',
        value: ['-conf', '-skipteardown=true', '-setupinterface=false', '-setupiptables=false'],
      },
    ],
  ],
  'another namespace': [{ namespace: 'default' }, undefined],
  'another label': [
    { object: { ...corefile, metadata: { ...corefile.metadata, labels: { 'k8s-app': 'kube-dns' } } } },
    undefined,
  ],
  'no labels': [{ object: { ...corefile, metadata: { name: 'node-local-dns-1' } } }, undefined],
  'another kind': [{ object: { ...corefile, kind: 'Secret' } }, undefined],
  'another group': [{ object: { ...corefile, apiVersion: 'apps/v1' } }, undefined],
  'a deletion': [{ operation: 'DELETE', object: null, oldObject: corefile }, undefined],
  'a deletion that claims an object': [{ operation: 'DELETE' }, undefined],
  'a connection': [{ operation: 'CONNECT' }, undefined],
  'data of a strange type': [{ object: { ...corefile, data: [1] } }, []],
  'a pod of a strange type': [{ object: daemonSet([]) }, []],
};

cases(table, ([change, patch]) => {
  const answer = shootWebhookHandler(nodeLocalDNSWebhook)({ ...asked, ...change });
  assert.equal(answer.allowed, true);
  assert.deepEqual(answer.allowed && answer.patch, patch);
});
