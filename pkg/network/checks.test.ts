import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { cases } from '../../test/support/cases.ts';
import { networkConfigSchema as calicoSchema } from '../calico/api/config.ts';
import { calico } from '../calico/plan.ts';
import { networkConfig as calicoConfig, demo as calicoDemo } from '../calico/testdata/arbitraries.ts';
import { demoInput as calicoInput } from '../calico/testdata/demo.ts';
import { networkConfigSchema as ciliumSchema } from '../cilium/api/config.ts';
import { cilium } from '../cilium/plan.ts';
import { config as ciliumConfig, demo as ciliumDemo } from '../cilium/testdata/arbitraries.ts';
import { demoInput as ciliumInput } from '../cilium/testdata/demo.ts';
import type { IPFamily } from '../gardener/network.ts';
import { isRecord } from '../gardener/objects.ts';
import { applicableChecks } from './checks.ts';
import type { NetworkInput } from './decode-network.ts';
import { type Diagnostic, describe, errorsOf } from './diagnostics.ts';

const path = 'spec.providerConfig';
const dependencies: readonly string[] = [
  'ipv4',
  'mtu',
  'shoot: addresses',
  'shoot: families',
  'shoot: kubeProxy',
  'shoot: nodes',
  'shoot: pods',
];

/** Error paths, and the dependencies that they make invalid. */
const errorPaths: Readonly<Record<string, readonly [paths: readonly string[], ...invalid: readonly string[]]>> = {
  'without errors all checks apply': [[]],
  'an error about a field excludes its checks': [[`${path}.mtu`], 'mtu'],
  'an error about a member excludes the checks of its group': [[`${path}.ipv4.mode`], 'ipv4'],
  'an unknown member excludes the checks of its group': [[`${path}.ipv4.mod`], 'ipv4'],
  'an error about a list entry excludes the checks of the list': [[`${path}.ipv4[0]`], 'ipv4'],
  'an error about an unrelated field excludes no check': [[`${path}.debug`]],
  'an unknown field excludes all checks': [[`${path}.mut`], ...dependencies],
  'an unknown field with the prefix of a known one excludes all checks': [[`${path}.mtus`], ...dependencies],
  'an unknown field with a quoted name excludes all checks': [[`${path}["mtu\\n"]`], ...dependencies],
  'a wrong apiVersion excludes all checks': [[`${path}.apiVersion`], ...dependencies],
  'an error about the whole configuration excludes all checks': [[path], ...dependencies],
  'errors about families exclude the checks of families': [
    ['spec.ipFamilies', 'spec.ipFamilies[1]'],
    'shoot: families',
  ],
  'errors about pod ranges exclude the checks of pod ranges': [
    ['spec.podCIDR', 'spec.networking.pods', 'status.networking.pods[1]'],
    'shoot: pods',
  ],
  'errors about node ranges exclude the checks of node ranges': [
    ['spec.networking.nodes', 'status.networking.nodes[0]'],
    'shoot: nodes',
  ],
  'an error about kube-proxy excludes the checks of kube-proxy': [
    ['spec.kubernetes.kubeProxy.mode'],
    'shoot: kubeProxy',
  ],
  'an error about advertised addresses excludes their checks': [
    ['status.advertisedAddresses[0].url'],
    'shoot: addresses',
  ],
  'errors about names, Services and version exclude no check': [
    ['metadata.name', 'spec.serviceCIDR', 'spec.kubernetes.version'],
  ],
  'an error about an unlisted path excludes all checks': [['spec.something'], ...dependencies],
};

cases(errorPaths, ([paths, ...invalid]) => {
  const errors = paths.map(
    (one) => ({ code: 'c', severity: 'error', object: 'o', path: one, message: 'm', remedy: 'r' }) as const,
  );
  const checks = dependencies.map((one) => ({ dependsOn: [one] }));
  const applicable = applicableChecks([...checks, { dependsOn: ['debug-less', 'mtu'] }], {
    errors,
    path,
    fields: ['debug', 'ipv4', 'mtu'],
  });
  const excluded = checks.filter((check) => !applicable.includes(check)).map((check) => check.dependsOn[0]);
  assert.deepEqual(excluded, [...invalid].sort());
});

interface Cni {
  readonly check: (demo: Sample) => readonly Diagnostic[];
  readonly fields: readonly string[];
  readonly sample: fc.Arbitrary<Sample>;
  readonly config: (families: readonly IPFamily[]) => fc.Arbitrary<Config>;
}

type Config = Readonly<Record<string, unknown>>;
type Sample = {
  readonly config?: unknown;
  readonly families?: readonly string[];
  readonly spec?: Config;
};

function withFamilies(sample: Sample, input: NetworkInput): NetworkInput {
  const { spec } = input.network;
  return { ...input, network: { ...input.network, spec: { ...spec, ipFamilies: sample.families as never } } };
}

const cnis: Readonly<Record<string, Cni>> = {
  calico: {
    check: (sample) => calico.check(calico.decode(withFamilies(sample, calicoInput(sample)))),
    fields: Object.keys(calicoSchema.shape),
    sample: calicoDemo,
    config: calicoConfig,
  },
  cilium: {
    check: (sample) => cilium.check(cilium.decode(withFamilies(sample, ciliumInput(sample)))),
    fields: Object.keys(ciliumSchema.shape),
    sample: ciliumDemo,
    config: () => ciliumConfig,
  },
};

/** An input with an invalid part, and a correction of it. */
interface Fault {
  readonly invalid: Sample;
  readonly corrected: Sample;
}

function withField(sample: Sample, field: string, value: unknown): Sample {
  return { ...sample, config: { ...(sample.config as Config), [field]: value } };
}

/** Replaces the value, or a member of a group, by a value of a type that no field has. */
function invalidate(value: unknown, member: number): unknown {
  const names = isRecord(value) ? Object.keys(value) : [];
  const name = names[member % (names.length + 1)];
  return name === undefined || !isRecord(value) ? 0.5 : { ...value, [name]: 0.5 };
}

function anyFault(cni: Cni): fc.Arbitrary<Fault> {
  return cni.sample.chain((sample) =>
    fc
      .record({
        other: cni.config((sample.families ?? ['IPv4']) as readonly IPFamily[]),
        field: fc.constantFrom(...cni.fields),
        member: fc.nat(4),
        families: fc.constantFrom(['IPv4'], ['IPv6'], ['IPv4', 'IPv6']),
        nodes: fc.constantFrom(undefined, '10.180.0.0/16', '2001:db8:2::/64'),
        kind: fc.constantFrom('field', 'field', 'field', 'families', 'nodes'),
      })
      .map(({ other, field, member, families, nodes, kind }): Fault => {
        const networking = (one: unknown): Sample => ({
          ...sample,
          spec: { ...sample.spec, networking: { nodes: one } },
        });
        if (kind === 'families') {
          const invalid = { ...sample, families: [...(sample.families ?? []), 'IPX'] };
          return { invalid, corrected: { ...sample, families } };
        }
        if (kind === 'nodes') return { invalid: networking('10.180.0.0/33'), corrected: networking(nodes) };
        const given = (sample.config as Config)[field];
        return {
          invalid: withField(sample, field, invalidate(given, member)),
          corrected: withField(sample, field, other[field]),
        };
      }),
  );
}

for (const [name, cni] of Object.entries(cnis)) {
  test(`property: a warning of ${name} beside an error remains after any correction of the error`, () => {
    let count = 0;
    fc.assert(
      fc.property(anyFault(cni), ({ invalid, corrected }) => {
        const found = cni.check(invalid);
        fc.pre(errorsOf(found).length > 0);
        const after = cni.check(corrected);
        fc.pre(errorsOf(after).length === 0);
        const warnings = found.filter(({ severity }) => severity === 'warning').map(describe);
        const missing = warnings.filter((one) => !after.map(describe).includes(one));
        assert.deepEqual(missing, []);
        count += warnings.length;
      }),
      { numRuns: 3000, maxSkipsPerRun: 10_000 },
    );
    assert.ok(count > 500, `only ${count} warnings beside errors`);
  });
}
