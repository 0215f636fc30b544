import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyPatch, type Operation } from 'rfc6902';
import { calico } from '../../pkg/calico/plan.ts';
import { cilium } from '../../pkg/cilium/plan.ts';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import type { ReviewRequest, ReviewResponse } from '../../pkg/webhook/review.ts';
import { cases } from '../../test/support/cases.ts';
import { createMutator, createValidator } from './handlers.ts';

const plugins = [calico, cilium];
const validate = createValidator(plugins);
const mutate = createMutator(plugins);

function shootOf(type: string, config: unknown, kubernetes: object = { version: '1.34.3' }): KubeObject {
  return {
    apiVersion: 'core.gardener.cloud/v1beta1',
    kind: 'Shoot',
    metadata: { name: 'web', namespace: 'garden-dev' },
    spec: {
      provider: { workers: [{ name: 'a' }] },
      kubernetes,
      networking: { type, pods: '10.96.0.0/11', services: '10.64.0.0/13', providerConfig: config },
    },
  };
}

function requestFor(change: Partial<ReviewRequest>): ReviewRequest {
  return {
    uid: 'one',
    operation: 'CREATE',
    dryRun: false,
    namespace: 'garden-dev',
    name: 'web',
    object: null,
    oldObject: null,
    ...change,
  };
}

const bad = shootOf('calico', { backend: 'x', vethMTU: 'y' });

test('a denial has the code of the Go extensions, all messages, and a cause per field', async () => {
  assert.deepEqual(await validate(requestFor({ object: bad })), {
    allowed: false,
    code: 403,
    message:
      '[spec.networking.providerConfig.backend: Unsupported value: "x": supported values: "bird", "none", "vxlan", spec.networking.providerConfig.vethMTU: Invalid value: "y": must be a whole decimal number in quotes, such as "1450"]',
    causes: [
      {
        field: 'spec.networking.providerConfig.backend',
        message: 'Unsupported value: "x": supported values: "bird", "none", "vxlan"',
      },
      {
        field: 'spec.networking.providerConfig.vethMTU',
        message: 'Invalid value: "y": must be a whole decimal number in quotes, such as "1450"',
      },
    ],
    warnings: [],
  } satisfies ReviewResponse);
});

test('warnings name the field, what is odd, and the code to look up', async () => {
  const object = shootOf('calico', { backend: 'bird', overlay: { enabled: false } });
  assert.deepEqual(await validate(requestFor({ object })), {
    allowed: true,
    warnings: [
      'providerConfig.backend: "bird" has no effect: overlay.enabled: false makes it "none" [calico-overlay-overrules]',
    ],
  });
});

test('a denial also warns of what its errors cannot change', async () => {
  const config = { vethMTU: 'y', backend: 'bird', overlay: { enabled: false }, autoScaling: { mode: 'x' } };
  const answer = await validate(requestFor({ object: shootOf('calico', config) }));
  assert.deepEqual(
    [answer.allowed ? [] : answer.causes?.map(({ field }) => field), answer.warnings],
    [
      ['spec.networking.providerConfig.autoScaling.mode', 'spec.networking.providerConfig.vethMTU'],
      [
        'providerConfig.backend: "bird" has no effect: overlay.enabled: false makes it "none" [calico-overlay-overrules]',
      ],
    ],
  );
});

for (const [type, config, warned] of [
  [
    'calico',
    { overlay: { enabled: false }, snatToUpstreamDNS: { enabled: true } },
    'providerConfig.snatToUpstreamDNS.enabled: policies cannot block requests to NodeLocalDNS [calico-dns-policy-bypassed]',
  ],
  [
    'cilium',
    { bgpControlPlane: { enabled: true } },
    'providerConfig.bgpControlPlane.enabled: peers with a password do not come up [cilium-bgp-passwords]',
  ],
] as const) {
  test(`ranges that Gardener fills in later keep no warning of ${type} back`, async () => {
    const shoot = shootOf(type, config);
    const { networking, ...spec } = shoot['spec'] as Readonly<Record<string, object>>;
    const { pods: _, services: __, ...rest } = networking as Readonly<Record<string, unknown>>;
    const object = {
      ...shoot,
      spec: { ...spec, networking: rest, systemComponents: { nodeLocalDNS: { enabled: true } } },
    };
    const answer = await validate(requestFor({ object }));
    assert.ok(answer.allowed);
    assert.ok(answer.warnings?.includes(warned), answer.warnings?.join());
  });
}

test('a warning is one line for people, which keeps its code', async () => {
  const object = shootOf('calico', { ipam: { cidr: 'y'.repeat(300) }, vethMTU: 'z' });
  const answer = await validate(requestFor({ operation: 'UPDATE', object, oldObject: object }));
  assert.ok(answer.allowed);
  assert.deepEqual(answer.warnings, [
    `providerConfig.ipam.cidr: stored before, not refused: Invalid value: "${'y'.repeat(24)}... [config-invalid-value]`,
    'providerConfig.vethMTU: stored before, not refused: Invalid value: "z": must be a whole decima... [config-invalid-value]',
  ]);
});

cases<{ readonly request: ReviewRequest; readonly code?: number }>(
  {
    'a deletion has no object': { request: requestFor({ operation: 'DELETE', oldObject: bad }) },
    'a deletion by an API server that sends one': { request: requestFor({ operation: 'DELETE', object: bad }) },
    'connections are no writes': { request: requestFor({ operation: 'CONNECT', object: bad }) },
    'a null object': { request: requestFor({ operation: 'UPDATE', oldObject: bad }) },
    'a status': {
      request: requestFor({
        operation: 'UPDATE',
        subResource: 'status',
        object: bad,
        oldObject: shootOf('calico', {}),
      }),
    },
    'an unchanged object': { request: requestFor({ operation: 'UPDATE', object: bad, oldObject: bad }) },
    'an update without the old object is judged like a new one': {
      request: requestFor({ operation: 'UPDATE', object: bad }),
      code: 403,
    },
    'a dry run is like any other': { request: requestFor({ dryRun: true, object: bad }), code: 403 },
    'another kind': { request: requestFor({ object: { ...bad, kind: 'Seed' } }), code: 400 },
    'another group': { request: requestFor({ object: { ...bad, apiVersion: 'apps/v1' } }), code: 400 },
    'another version of the group': {
      request: requestFor({ object: { ...bad, apiVersion: 'core.gardener.cloud/v1' } }),
      code: 403,
    },
    'no spec': { request: requestFor({ object: { ...bad, spec: [] } }), code: 400 },
    'no old spec': {
      request: requestFor({ operation: 'UPDATE', object: bad, oldObject: { ...bad, spec: null } }),
      code: 400,
    },
  },
  async ({ request, code }) => {
    const answer = await validate(request);
    assert.equal(answer.allowed ? undefined : answer.code, code);
    if (code === 400) assert.deepEqual(await mutate(request), answer);
  },
);

cases<{ readonly request: ReviewRequest; readonly patch: unknown }>(
  {
    'kube-proxy is on': {
      request: requestFor({ object: shootOf('cilium', {}, { kubeProxy: { enabled: true, mode: 'IPVS' } }) }),
      patch: [{ op: 'replace', path: '/spec/kubernetes/kubeProxy/enabled', value: false }],
    },
    'nothing is said of its being on': {
      request: requestFor({ object: shootOf('cilium', {}, { kubeProxy: { mode: 'IPVS' } }) }),
      patch: [{ op: 'add', path: '/spec/kubernetes/kubeProxy/enabled', value: false }],
    },
    'nothing is said of kube-proxy': {
      request: requestFor({ object: shootOf('cilium', {}, { version: '1.34.3' }) }),
      patch: [{ op: 'add', path: '/spec/kubernetes/kubeProxy', value: { enabled: false } }],
    },
    'kube-proxy is null': {
      request: requestFor({ object: shootOf('cilium', {}, { kubeProxy: null }) }),
      patch: [{ op: 'replace', path: '/spec/kubernetes/kubeProxy', value: { enabled: false } }],
    },
    'kube-proxy is off': {
      request: requestFor({ object: shootOf('cilium', {}, { kubeProxy: { enabled: false } }) }),
      patch: [],
    },
    'a stored Shoot': {
      request: requestFor({
        operation: 'UPDATE',
        object: shootOf('cilium', {}, { kubeProxy: { enabled: true } }),
        oldObject: shootOf('cilium', {}, { kubeProxy: { enabled: true } }),
      }),
      patch: undefined,
    },
    'another type': { request: requestFor({ object: shootOf('calico', {}) }), patch: [] },
    'a deletion': { request: requestFor({ operation: 'DELETE' }), patch: undefined },
  },
  async ({ request, patch }) => {
    const answer = await mutate(request);
    assert.ok(answer.allowed);
    assert.deepEqual(answer.patch, patch);
    const patched = structuredClone(request.object);
    assert.ok(applyPatch(patched, (answer.patch ?? []) as Operation[]).every((problem) => problem === null));
  },
);
