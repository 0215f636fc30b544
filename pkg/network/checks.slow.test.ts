/** Warnings about the rest of a configuration are reported although a part of it is invalid, so that one correction does not reveal others. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
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
import type { NetworkInput } from './decode-network.ts';
import { type Diagnostic, describe, errorsOf } from './diagnostics.ts';

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
