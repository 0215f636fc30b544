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

function createShoot(type: string, config: unknown, kubernetes: object = { version: '1.34.3' }): KubeObject {
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

const bad = createShoot('calico', { backend: 'x', vethMTU: 'y' });

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

test('a warning has field, message and code', async () => {
  const object = createShoot('calico', { backend: 'bird', overlay: { enabled: false } });
  assert.deepEqual(await validate(requestFor({ object })), {
    allowed: true,
    warnings: [
      'providerConfig.backend: "bird" has no effect: overlay.enabled: false sets it to "none" [calico-overlay-overrules]',
    ],
  });
});

test('a denial contains the warnings that its errors do not affect', async () => {
  const config = { vethMTU: 'y', backend: 'bird', overlay: { enabled: false }, autoScaling: { mode: 'x' } };
  const response = await validate(requestFor({ object: createShoot('calico', config) }));
  assert.deepEqual(
    [response.allowed ? [] : response.causes?.map(({ field }) => field), response.warnings],
    [
      ['spec.networking.providerConfig.autoScaling.mode', 'spec.networking.providerConfig.vethMTU'],
      [
        'providerConfig.backend: "bird" has no effect: overlay.enabled: false sets it to "none" [calico-overlay-overrules]',
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
    { l2Announcements: { leaseDuration: '30s' } },
    'providerConfig.l2Announcements.leaseDuration: has no effect: l2Announcements is disabled [cilium-l2-off]',
  ],
] as const) {
  test(`ranges that Gardener sets later do not suppress warnings of ${type}`, async () => {
    const shoot = createShoot(type, config);
    const { networking, ...spec } = shoot['spec'] as Readonly<Record<string, object>>;
    const { pods: _, services: __, ...rest } = networking as Readonly<Record<string, unknown>>;
    const object = {
      ...shoot,
      spec: { ...spec, networking: rest, systemComponents: { nodeLocalDNS: { enabled: true } } },
    };
    const response = await validate(requestFor({ object }));
    assert.ok(response.allowed);
    assert.ok(response.warnings?.includes(warned), response.warnings?.join());
  });
}

test('a long warning is truncated before its code', async () => {
  const object = createShoot('calico', { ipam: { cidr: 'y'.repeat(300) }, vethMTU: 'z' });
  const response = await validate(requestFor({ operation: 'UPDATE', object, oldObject: object }));
  assert.ok(response.allowed);
  assert.deepEqual(response.warnings, [
    `providerConfig.ipam.cidr: already stored, not rejected: Invalid value: "${'y'.repeat(22)}... [config-invalid-value]`,
    'providerConfig.vethMTU: already stored, not rejected: Invalid value: "z": must be a whole deci... [config-invalid-value]',
  ]);
});

cases<{ readonly request: ReviewRequest; readonly code?: number }>(
  {
    'a deletion without an object is allowed': { request: requestFor({ operation: 'DELETE', oldObject: bad }) },
    'a deletion with an object is allowed': { request: requestFor({ operation: 'DELETE', object: bad }) },
    'a connection is allowed': { request: requestFor({ operation: 'CONNECT', object: bad }) },
    'a null object is allowed': { request: requestFor({ operation: 'UPDATE', oldObject: bad }) },
    'a status is allowed': {
      request: requestFor({
        operation: 'UPDATE',
        subResource: 'status',
        object: bad,
        oldObject: createShoot('calico', {}),
      }),
    },
    'an unchanged object is allowed': { request: requestFor({ operation: 'UPDATE', object: bad, oldObject: bad }) },
    'an update without the old object is validated like a new one': {
      request: requestFor({ operation: 'UPDATE', object: bad }),
      code: 403,
    },
    'a dry run is validated': { request: requestFor({ dryRun: true, object: bad }), code: 403 },
    'another kind is a bad request': { request: requestFor({ object: { ...bad, kind: 'Seed' } }), code: 400 },
    'another group is a bad request': { request: requestFor({ object: { ...bad, apiVersion: 'apps/v1' } }), code: 400 },
    'another version of the group is validated': {
      request: requestFor({ object: { ...bad, apiVersion: 'core.gardener.cloud/v1' } }),
      code: 403,
    },
    'an object without a spec is a bad request': { request: requestFor({ object: { ...bad, spec: [] } }), code: 400 },
    'an old object without a spec is a bad request': {
      request: requestFor({ operation: 'UPDATE', object: bad, oldObject: { ...bad, spec: null } }),
      code: 400,
    },
  },
  async ({ request, code }) => {
    const response = await validate(request);
    assert.equal(response.allowed ? undefined : response.code, code);
    if (code === 400) assert.deepEqual(await mutate(request), response);
  },
);

cases<{ readonly request: ReviewRequest; readonly patch: unknown }>(
  {
    'an enabled kube-proxy is disabled': {
      request: requestFor({ object: createShoot('cilium', {}, { kubeProxy: { enabled: true, mode: 'IPVS' } }) }),
      patch: [{ op: 'replace', path: '/spec/kubernetes/kubeProxy/enabled', value: false }],
    },
    'a kube-proxy without the field enabled is disabled': {
      request: requestFor({ object: createShoot('cilium', {}, { kubeProxy: { mode: 'IPVS' } }) }),
      patch: [{ op: 'add', path: '/spec/kubernetes/kubeProxy/enabled', value: false }],
    },
    'an absent kube-proxy is disabled': {
      request: requestFor({ object: createShoot('cilium', {}, { version: '1.34.3' }) }),
      patch: [{ op: 'add', path: '/spec/kubernetes/kubeProxy', value: { enabled: false } }],
    },
    'a null kube-proxy is disabled': {
      request: requestFor({ object: createShoot('cilium', {}, { kubeProxy: null }) }),
      patch: [{ op: 'replace', path: '/spec/kubernetes/kubeProxy', value: { enabled: false } }],
    },
    'a disabled kube-proxy needs no patch': {
      request: requestFor({ object: createShoot('cilium', {}, { kubeProxy: { enabled: false } }) }),
      patch: [],
    },
    'a stored Shoot is not patched': {
      request: requestFor({
        operation: 'UPDATE',
        object: createShoot('cilium', {}, { kubeProxy: { enabled: true } }),
        oldObject: createShoot('cilium', {}, { kubeProxy: { enabled: true } }),
      }),
      patch: undefined,
    },
    'another type needs no patch': { request: requestFor({ object: createShoot('calico', {}) }), patch: [] },
    'a deletion is not patched': { request: requestFor({ operation: 'DELETE' }), patch: undefined },
  },
  async ({ request, patch }) => {
    const response = await mutate(request);
    assert.ok(response.allowed);
    assert.deepEqual(response.patch, patch);
    const patched = structuredClone(request.object);
    assert.ok(applyPatch(patched, (response.patch ?? []) as Operation[]).every((problem) => problem === null));
  },
);
