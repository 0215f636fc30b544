import assert from 'node:assert/strict';
import { test } from 'node:test';
import { calicoHints } from '../../pkg/calico/api/hints.ts';
import { ciliumHints } from '../../pkg/cilium/api/hints.ts';
import { admitShoot } from '../../pkg/network/admission.ts';
import type { FieldHints } from '../../pkg/network/decode-issues.ts';
import { plugins } from '../../pkg/plugins/index.ts';
import { cases } from '../support/cases.ts';

for (const [type, hints] of Object.entries<FieldHints>({ calico: calicoHints, cilium: ciliumHints })) {
  test(`hints of ${type} name existing fields in place of words that are no fields`, () => {
    for (const [word, hint] of Object.entries(hints)) {
      assert.match(word, /^[a-z0-9.]+$/);
      assert.notEqual(findings(type, word, {}).length, 0, `${word} is a field`);
      if (typeof hint === 'object' && 'field' in hint)
        assert.doesNotMatch(messages(type, hint.field, 'x'), /unknown field/, `${word}: ${hint.field}`);
    }
  });
}

cases<{ readonly type: string; readonly config: object; readonly message: RegExp | undefined }>(
  'a finding about',
  {
    'an option of Cilium in Calico': { type: 'calico', config: { mtu: '1400' }, message: /did you mean vethMTU\?/ },
    'an option of Calico in Cilium': { type: 'cilium', config: { vethMTU: 1400 }, message: /did you mean mtu\?/ },
    WireGuard: { type: 'calico', config: { wireguard: true }, message: /did you mean wireguardEncryption\?/ },
    'WireGuard of Cilium': { type: 'cilium', config: { wireguard: {} }, message: /did you mean encryption\?/ },
    eBPF: { type: 'calico', config: { ebpf: {} }, message: /did you mean ebpfDataplane\?/ },
    'eBPF of Cilium': { type: 'cilium', config: { ebpf: {} }, message: /Forbidden: unknown field$/ },
    'the mode of kube-proxy': {
      type: 'cilium',
      config: { ipvs: {} },
      message: /unknown field; it is spec\.kubernetes\.kubeProxy\.mode of the Shoot$/,
    },
    'a field of earlier versions': {
      type: 'cilium',
      config: { psp: true },
      message: /removed in gardener-extension-networking-cilium v1\.33\.0$/,
    },
    'a value in another case': { type: 'calico', config: { backend: 'Bird' }, message: /did you mean "bird"\?$/ },
    'a value with a mistake': {
      type: 'calico',
      config: { ipv4: { mode: 'crosssubnet' } },
      message: /did you mean "CrossSubnet"\?$/,
    },
    'a value that resembles none': { type: 'calico', config: { backend: 'geneve' }, message: /"vxlan"$/ },
    'the configuration of the other type': {
      type: 'calico',
      config: { apiVersion: 'cilium.networking.extensions.gardener.cloud/v1alpha1', tunnel: 'vxlan', hubble: {} },
      message: /apiVersion: Invalid value: .*: this is a Cilium configuration, but spec\.networking\.type is calico$/,
    },
  },
  ({ type, config, message }) => {
    const found = findingsOf(type, config);
    assert.equal(found.length, 1, JSON.stringify(found));
    assert.match(`${found[0]?.path}: ${found[0]?.message}`, message ?? /$/);
  },
);

cases<{ readonly config: object; readonly remedy: string }>(
  'the remedy for',
  {
    'off without quotes': {
      config: { ipv4: { mode: false } },
      remedy: 'Quote the value: without quotes, YAML reads on, off, yes and no as true and false.',
    },
    'a number without quotes': { config: { vethMTU: 1400 }, remedy: 'Quote the value: "1400".' },
    'a switch without its object': { config: { overlay: true }, remedy: 'Write an object: {enabled: true}.' },
    'a boolean in quotes': { config: { wireguardEncryption: 'true' }, remedy: 'Write true without quotes.' },
    'another spelling': { config: { backend: 'Bird' }, remedy: 'Write "bird", or another supported value.' },
  },
  ({ config, remedy }) =>
    assert.deepEqual(
      findingsOf('calico', config).map((one) => one.remedy),
      [remedy],
    ),
);

function findings(type: string, path: string, value: unknown): readonly { readonly message: string }[] {
  const config = path.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
  return findingsOf(type, config);
}

function messages(type: string, path: string, value: unknown): string {
  return findings(type, path, value)
    .map(({ message }) => message)
    .join();
}

/** Returns the errors about providerConfig of a Shoot. */
function findingsOf(type: string, providerConfig: unknown) {
  const shoot = {
    apiVersion: 'core.gardener.cloud/v1beta1',
    kind: 'Shoot',
    metadata: { name: 'web', namespace: 'garden-dev' },
    spec: {
      kubernetes: { version: '1.34.3', kubeProxy: { enabled: type === 'calico' } },
      networking: { type, pods: '10.96.0.0/11', services: '10.64.0.0/13', providerConfig },
    },
  };
  return admitShoot({ plugins, shoot }).diagnostics.filter(({ severity }) => severity === 'error');
}
