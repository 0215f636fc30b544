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
  'mutates a ConfigMap of NodeLocalDNS': [{}, mutated],
  'mutates an update that is a dry run': [{ operation: 'UPDATE', oldObject: corefile, dryRun: true }, mutated],
  'does not change a mutated ConfigMap': [{ object: { ...corefile, data: { Corefile: 'bind 0.0.0.0' } } }, []],
  'mutates a DaemonSet of NodeLocalDNS': [
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
  'allows an object in another namespace unchanged': [{ namespace: 'default' }, undefined],
  'allows an object with another label unchanged': [
    { object: { ...corefile, metadata: { ...corefile.metadata, labels: { 'k8s-app': 'kube-dns' } } } },
    undefined,
  ],
  'allows an object without labels unchanged': [
    { object: { ...corefile, metadata: { name: 'node-local-dns-1' } } },
    undefined,
  ],
  'allows an object of another kind unchanged': [{ object: { ...corefile, kind: 'Secret' } }, undefined],
  'allows an object of another API group unchanged': [{ object: { ...corefile, apiVersion: 'apps/v1' } }, undefined],
  'allows a deletion': [{ operation: 'DELETE', object: null, oldObject: corefile }, undefined],
  'allows a deletion with an object unchanged': [{ operation: 'DELETE' }, undefined],
  'allows operation CONNECT unchanged': [{ operation: 'CONNECT' }, undefined],
  'does not change data of an unexpected type': [{ object: { ...corefile, data: [1] } }, []],
  'does not change a pod template of an unexpected type': [{ object: daemonSet([]) }, []],
};

cases(table, ([change, patch]) => {
  const answer = shootWebhookHandler(nodeLocalDNSWebhook)({ ...asked, ...change });
  assert.equal(answer.allowed, true);
  assert.deepEqual(answer.allowed && answer.patch, patch);
});
