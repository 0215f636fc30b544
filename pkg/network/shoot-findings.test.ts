import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cases } from '../../test/support/cases.ts';
import { maxEntries } from '../gardener/cluster.ts';
import type { Diagnostic } from './diagnostics.ts';
import { rangeListProblems, translateToShoot } from './shoot-findings.ts';

const finding = (path: string, message: string, object = 'Network shoot--dev--web/web'): Diagnostic => ({
  code: 'network-invalid',
  severity: 'error',
  object,
  path,
  message,
  remedy: '',
});

cases<{ readonly found: Diagnostic; readonly path: string; readonly message: string }>(
  {
    'translates the path, and the field in the message': {
      found: finding(
        'spec.serviceCIDR',
        'Invalid value: "10.0.0.0/8": must not overlap with spec.podCIDR (10.0.0.0/9)',
      ),
      path: 'spec.networking.services',
      message: 'Invalid value: "10.0.0.0/8": must not overlap with spec.networking.pods (10.0.0.0/9)',
    },
    'translates all fields in a message': {
      found: finding('spec.podCIDR', 'spec.ipFamilies, spec.type and spec.providerConfig.ipam'),
      path: 'spec.networking.pods',
      message: 'spec.networking.ipFamilies, spec.networking.type and spec.networking.providerConfig.ipam',
    },
    'does not translate quoted values': {
      found: finding('spec.providerConfig["spec.podCIDR"]', 'Invalid value: "a \\" spec.podCIDR": spec.podCIDR'),
      path: 'spec.networking.providerConfig["spec.podCIDR"]',
      message: 'Invalid value: "a \\" spec.podCIDR": spec.networking.pods',
    },
    'does not translate similar fields': {
      found: finding('spec.podCIDRs', 'spec.podCIDRs myspec.podCIDR spec.constructor spec.kubernetes.version'),
      path: 'spec.podCIDRs',
      message: 'spec.podCIDRs myspec.podCIDR spec.constructor spec.kubernetes.version',
    },
    'translates the namespace in the seed to the technical id': {
      found: finding('metadata.namespace', 'Required value'),
      path: 'status.technicalID',
      message: 'Required value',
    },
  },
  ({ found, path, message }) =>
    assert.deepEqual(translateToShoot(found, 'Shoot garden-dev/web'), {
      ...found,
      object: 'Shoot garden-dev/web',
      path,
      message,
    }),
);

test('does not translate findings about other objects', () => {
  const found = finding('spec.podCIDR', 'as spec.podCIDR', 'Shoot garden-dev/web');
  assert.equal(translateToShoot(found, 'Shoot other/name'), found);
});

test('checks all entries of a list up to the limit, and returns one finding for a longer list', () => {
  const texts = Array.from({ length: maxEntries + 1 }, () => 'x');
  const found = (length: number) =>
    rangeListProblems('Shoot a/b', [['status.networking.pods', texts.slice(0, length)]]);
  assert.deepEqual(
    found(maxEntries).map(({ path }) => path),
    texts.slice(1).map((_, index) => `status.networking.pods[${index}]`),
  );
  assert.deepEqual(
    found(maxEntries + 1).map(({ code, path, message }) => ({ code, path, message })),
    [{ code: 'shoot-invalid', path: 'status.networking.pods', message: 'Too many: must have at most 64 items' }],
  );
});
