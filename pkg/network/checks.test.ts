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
const needs: readonly string[] = [
  'ipv4',
  'mtu',
  'shoot: addresses',
  'shoot: families',
  'shoot: kubeProxy',
  'shoot: nodes',
  'shoot: pods',
];

/** Error paths, and what of `needs` is faulty with them. */
const faults: Readonly<Record<string, readonly [paths: readonly string[], ...faulty: readonly string[]]>> = {
  'no error': [[]],
  'a field': [[`${path}.mtu`], 'mtu'],
  'a member of a group': [[`${path}.ipv4.mode`], 'ipv4'],
  'a member that does not exist': [[`${path}.ipv4.mod`], 'ipv4'],
  'an entry of a list': [[`${path}.ipv4[0]`], 'ipv4'],
  'a field that no check of these needs': [[`${path}.debug`]],
  'a field that does not exist may be any': [[`${path}.mut`], ...needs],
  'nor is a longer name the field': [[`${path}.mtus`], ...needs],
  'a field with an odd name may be any': [[`${path}["mtu\\n"]`], ...needs],
  'apiVersion says what all fields mean': [[`${path}.apiVersion`], ...needs],
  'the whole configuration': [[path], ...needs],
  families: [['spec.ipFamilies', 'spec.ipFamilies[1]'], 'shoot: families'],
  'ranges of pods': [['spec.podCIDR', 'spec.networking.pods', 'status.networking.pods[1]'], 'shoot: pods'],
  'ranges of nodes': [['spec.networking.nodes', 'status.networking.nodes[0]'], 'shoot: nodes'],
  'kube-proxy': [['spec.kubernetes.kubeProxy.mode'], 'shoot: kubeProxy'],
  addresses: [['status.advertisedAddresses[0].url'], 'shoot: addresses'],
  'what no check looks at': [['metadata.name', 'spec.serviceCIDR', 'spec.kubernetes.version']],
  'what nobody thought of': [['spec.something'], ...needs],
};

cases(faults, ([paths, ...faulty]) => {
  const errors = paths.map(
    (one) => ({ code: 'c', severity: 'error', object: 'o', path: one, message: 'm', remedy: 'r' }) as const,
  );
  const checks = needs.map((need) => ({ dependsOn: [need] }));
  const applicable = applicableChecks([...checks, { dependsOn: ['debug-less', 'mtu'] }], {
    errors,
    path,
    fields: ['debug', 'ipv4', 'mtu'],
  });
  const left = checks.filter((check) => !applicable.includes(check)).map((check) => check.dependsOn[0]);
  assert.deepEqual(left, [...faulty].sort());
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

function inputOf(sample: Sample, input: NetworkInput): NetworkInput {
  const { spec } = input.network;
  return { ...input, network: { ...input.network, spec: { ...spec, ipFamilies: sample.families as never } } };
}

const cnis: Readonly<Record<string, Cni>> = {
  calico: {
    check: (sample) => calico.check(calico.decode(inputOf(sample, calicoInput(sample)))),
    fields: Object.keys(calicoSchema.shape),
    sample: calicoDemo,
    config: calicoConfig,
  },
  cilium: {
    check: (sample) => cilium.check(cilium.decode(inputOf(sample, ciliumInput(sample)))),
    fields: Object.keys(ciliumSchema.shape),
    sample: ciliumDemo,
    config: () => ciliumConfig,
  },
};

/** A part of the input: how it looks when it is faulty, and what it may be corrected to. */
interface Fault {
  readonly faulty: Sample;
  readonly corrected: Sample;
}

function withField(sample: Sample, field: string, value: unknown): Sample {
  return { ...sample, config: { ...(sample.config as Config), [field]: value } };
}

/** The value itself is of a type that no field has; or one member of it is, if it is a group. */
function spoilt(value: unknown, member: number): unknown {
  const names = isRecord(value) ? Object.keys(value) : [];
  const name = names[member % (names.length + 1)];
  return name === undefined || !isRecord(value) ? 0.5 : { ...value, [name]: 0.5 };
}

function faultOf(cni: Cni): fc.Arbitrary<Fault> {
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
          const faulty = { ...sample, families: [...(sample.families ?? []), 'IPX'] };
          return { faulty, corrected: { ...sample, families } };
        }
        if (kind === 'nodes') return { faulty: networking('10.180.0.0/33'), corrected: networking(nodes) };
        const given = (sample.config as Config)[field];
        return {
          faulty: withField(sample, field, spoilt(given, member)),
          corrected: withField(sample, field, other[field]),
        };
      }),
  );
}

for (const [name, cni] of Object.entries(cnis)) {
  test(`what ${name} warns of beside an error stays, whatever the faulty part is corrected to`, () => {
    let said = 0;
    fc.assert(
      fc.property(faultOf(cni), ({ faulty, corrected }) => {
        const found = cni.check(faulty);
        fc.pre(errorsOf(found).length > 0);
        const after = cni.check(corrected);
        fc.pre(errorsOf(after).length === 0);
        const warnings = found.filter(({ severity }) => severity === 'warning').map(describe);
        const missing = warnings.filter((one) => !after.map(describe).includes(one));
        assert.deepEqual(missing, []);
        said += warnings.length;
      }),
      { numRuns: 3000, maxSkipsPerRun: 10_000 },
    );
    assert.ok(said > 500, `only ${said} warnings were said beside errors`);
  });
}
