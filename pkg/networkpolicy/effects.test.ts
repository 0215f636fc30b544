import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { shoots, shootText } from '../../test/policies/shoots.ts';
import { runInFolder } from '../../test/support/command-line.ts';

/** The rules that differ between shoots. */
const varying = [
  'effect-ip-block-pods',
  'effect-ip-block-nodes',
  'effect-node-address',
  'effect-client-address',
  'effect-dns-on-node',
  'effect-dns-local-pods',
  'effect-dns-open',
  'effect-gateways',
  'effect-audit',
];

async function effectsOf(shoot: string, gates: readonly string[] = []): Promise<ReadonlyMap<string, string>> {
  const policy = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'p' },
    spec: { podSelector: {} },
  };
  const files = { 'policy.json': JSON.stringify(policy), 'shoot.json': shoot };
  const argv = ['policy', 'check', '-f', 'policy.json', '-f', 'shoot.json', '-o', 'json', ...gates];
  const { stdout, stderr } = await runInFolder({ argv, files });
  assert.equal(stderr, '');
  const { effects } = JSON.parse(stdout) as {
    readonly effects: readonly { readonly code: string; readonly text: string }[];
  };
  return new Map(effects.map(({ code, text }) => [code, text]));
}

async function codes(shoot: string): Promise<readonly string[]> {
  const effects = await effectsOf(shoot);
  return varying.filter((code) => effects.has(code));
}

describe('rules of the CNI', () => {
  const expected: Readonly<Record<string, readonly string[]>> = {
    Calico: ['effect-client-address'],
    'Calico, NodeLocalDNS, with overlay': ['effect-node-address', 'effect-client-address', 'effect-dns-on-node'],
    'Calico, NodeLocalDNS, without overlay': ['effect-client-address', 'effect-dns-on-node', 'effect-dns-open'],
    Cilium: ['effect-ip-block-pods', 'effect-ip-block-nodes', 'effect-client-address'],
    'Cilium, NodeLocalDNS': [
      'effect-ip-block-pods',
      'effect-ip-block-nodes',
      'effect-client-address',
      'effect-dns-local-pods',
    ],
  };

  for (const shoot of shoots)
    test(`follow from the objects that are rendered for ${shoot.name}`, async () => {
      assert.deepEqual(await codes(shootText(shoot)), expected[shoot.name]);
    });

  const [plain, overlay, open, , cilium] = shoots;
  if (plain === undefined || overlay === undefined || open === undefined || cilium === undefined)
    throw new Error('shoots are missing');

  test('eBPF of Calico asks CoreDNS past NodeLocalDNS, translates Services and keeps the address of clients', async () => {
    const text = shootText(overlay, { ebpfDataplane: { enabled: true } });
    assert.deepEqual(await codes(text), ['effect-node-address']);
    assert.match((await effectsOf(text)).get('effect-services') ?? '', /\(eBPF\)/);
    assert.match((await effectsOf(shootText(overlay))).get('effect-services') ?? '', /\(kube-proxy\)/);
  });

  test('without SNAT to nameservers, policies of Calico can block NodeLocalDNS', async () => {
    const text = shootText(open, { snatToUpstreamDNS: { enabled: false } });
    assert.ok(!(await codes(text)).includes('effect-dns-open'));
  });

  test('kube-proxy in mode NFTables leaves the decision about DNS to policies of Calico', async () => {
    const text = shootText(open).replace('"IPTables"', '"NFTables"');
    assert.ok(!(await codes(text)).includes('effect-dns-open'));
  });

  test('the audit mode of Cilium denies nothing', async () => {
    assert.ok((await codes(shootText(cilium, { policyAuditMode: true }))).includes('effect-audit'));
  });

  test('requests through Gateways of Cilium need rules of their own', async () => {
    const gates = ['--feature-gates', 'CiliumGatewayAPI=true'];
    const effects = await effectsOf(shootText(cilium, { gatewayAPI: { enabled: true } }), gates);
    assert.match(effects.get('effect-gateways') ?? '', /fromEntities: \[ingress\]/);
  });

  test('DSR of Cilium keeps the address of clients', async () => {
    const text = shootText({ ...cilium, overlay: false }, { loadBalancingMode: 'dsr' });
    assert.ok(!(await codes(text)).includes('effect-client-address'));
  });

  test('Cilium drops SCTP, Calico does not', async () => {
    assert.match((await effectsOf(shootText(cilium))).get('effect-sctp') ?? '', /does not work/);
    assert.match((await effectsOf(shootText(plain))).get('effect-sctp') ?? '', /work$/);
  });

  test('rules for DNS name the address of kube-dns, the tenth of the range of Services', async () => {
    assert.match(
      (await effectsOf(shootText(overlay))).get('effect-dns-on-node') ?? '',
      /169\.254\.20\.10 and 100\.64\.0\.10 /,
    );
  });
});
