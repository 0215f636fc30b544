import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planTools } from '../../../test/support/planning.ts';
import { plugins } from '../../plugins/index.ts';
import { createModel } from './model.ts';

const model = createModel({ plugins, tools: planTools() });
const answer = (...documents: readonly string[]) => model.answer({ text: documents.join('---\n') }).policies();

const shoot = `apiVersion: core.gardener.cloud/v1beta1
kind: Shoot
metadata: { name: web, namespace: garden-dev }
spec:
  provider: { type: metal, workers: [{ name: a, minimum: 1, maximum: 2 }] }
  kubernetes: { version: 1.34.3, kubeProxy: { enabled: true } }
  networking: { type: calico, nodes: 10.180.0.0/16, pods: 100.96.0.0/11, services: 100.64.0.0/13, ipFamilies: [IPv4] }
`;
const pod = (name: string, port?: number): string => `apiVersion: v1
kind: Pod
metadata: { name: ${name}, namespace: shop, labels: { app: ${name} } }
spec: { containers: [{ name: main${port === undefined ? '' : `, ports: [{ containerPort: ${port} }]`} }] }
`;
const onlyWeb = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: db, namespace: shop }
spec:
  podSelector: { matchLabels: { app: db } }
  policyTypes: [Ingress]
  ingress: [{ from: [{ podSelector: { matchLabels: { app: web } } }] }]
`;

test('the picture shows for each port of a pod which other pods reach it', () => {
  const picture = answer(shoot, pod('web'), pod('db', 5432), pod('other'), onlyWeb);
  assert.ok(picture !== undefined && picture !== 'too many');
  assert.equal(picture.cni, 'Calico');
  assert.deepEqual(picture.sources, ['shop/web', 'shop/db', 'shop/other']);
  const { port, open } = picture.targets.find((one) => one.pod === 'shop/db') ?? assert.fail('no target');
  assert.equal(port, '5432/TCP');
  assert.deepEqual(open, [true, undefined, false]);
});

test('without a Shoot the text of the Kubernetes API decides', () => {
  const picture = answer(pod('web'), pod('db', 5432), onlyWeb);
  assert.ok(picture !== undefined && picture !== 'too many');
  assert.equal(picture.cni, undefined);
});

test('without policies or pods there is no picture', () => {
  assert.equal(answer(shoot, pod('web')), undefined);
  assert.equal(answer(shoot, onlyWeb), undefined);
});

test('an invalid policy is named, and decides nothing', () => {
  const picture = answer(
    pod('web'),
    pod('db', 5432),
    onlyWeb.replace('podSelector: { matchLabels: { app: web } }', 'a: 1'),
  );
  assert.ok(picture !== undefined && picture !== 'too many');
  assert.ok(picture.invalid.length > 0);
});

test('more pods than a picture shows are counted, not drawn', () => {
  const pods = Array.from({ length: 41 }, (_, index) => pod(`p${index}`));
  assert.equal(answer(...pods, onlyWeb), 'too many');
});
