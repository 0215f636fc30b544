import assert from 'node:assert/strict';
import { cases } from '../../test/support/cases.ts';
import { missingValues } from './completeness.ts';

const ranges = { pods: '100.64.0.0/12', services: '100.104.0.0/13' };
const version = { version: '1.33.1' };

cases<readonly [shoot: Readonly<Record<string, unknown>>, missing: readonly string[]]>(
  {
    'a Shoot with ranges and version is complete': [{ spec: { networking: ranges, kubernetes: version } }, []],
    'a Shoot without ranges gets them from the Seed': [
      { spec: { networking: {}, kubernetes: version } },
      [
        'spec.networking.pods by Gardener, from spec.networks.shootDefaults.pods of the Seed',
        'spec.networking.services by Gardener, from spec.networks.shootDefaults.services of the Seed',
      ],
    ],
    'a Shoot with IPv6 gets them from the infrastructure': [
      { spec: { networking: { ipFamilies: ['IPv6'] }, kubernetes: version } },
      [
        'spec.networking.pods by the infrastructure extension, in status.networking.pods',
        'spec.networking.services by the infrastructure extension, in status.networking.services',
      ],
    ],
    'ranges in the status are known': [
      {
        spec: { networking: { ipFamilies: ['IPv6'] }, kubernetes: version },
        status: { networking: { pods: ['2001:db8::/56'], services: ['2001:db8:1::/112'] } },
      },
      [],
    ],
    'a Shoot without a version gets one from the CloudProfile': [
      { spec: { networking: ranges } },
      ['spec.kubernetes.version by Gardener, from the supported versions of the CloudProfile'],
    ],
    'an empty text is missing': [
      { spec: { networking: { ...ranges, pods: '' }, kubernetes: version } },
      ['spec.networking.pods by Gardener, from spec.networks.shootDefaults.pods of the Seed'],
    ],
    'a value of a wrong type is not missing': [
      { spec: { networking: { ...ranges, pods: 1 }, kubernetes: { version: 1.33 } } },
      [],
    ],
    'a parent of a wrong type is not missing': [{ spec: { networking: 'x', kubernetes: 'y' } }, []],
  },
  ([shoot, missing]) =>
    assert.deepEqual(
      missingValues(shoot).map(({ path, setBy }) => `${path} by ${setBy}`),
      missing,
    ),
);
