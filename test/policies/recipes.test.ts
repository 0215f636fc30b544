/** The policies of docs/usage/network-policies.md do in every shoot what the page states, by `netext policy` itself. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, test } from 'node:test';
import { effectRules } from '../../pkg/networkpolicy/effects.ts';
import { runInFolder } from '../support/command-line.ts';
import { pageAnchors, pageLinks, readPage } from '../support/usage-docs.ts';
import { type PolicyShoot, shoots, shootText } from './shoots.ts';

const root = path.join(import.meta.dirname, '../..');
const page = readPage(root, 'docs/usage/network-policies.md');

/** The policies of some sections, by the folder of their files. */
function policiesOf(...recipes: readonly string[]): string {
  const blocks = page.blocks.filter(({ claim }) => recipes.includes(claim.file?.split('/')[0] ?? ''));
  assert.ok(blocks.length >= recipes.length, `the page has no policies for ${recipes.join()}`);
  return blocks.map(({ text }) => text).join('---\n');
}

const container = (ports: readonly object[]) => ({ containers: [{ name: 'main', ports }] });

function deployment(
  namespace: string,
  name: string,
  options: { readonly labels?: object; readonly ports?: readonly object[] } = {},
): object {
  const labels = options.labels ?? { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace, name },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: container(options.ports ?? []) },
    },
  };
}

const workloads = [
  deployment('tenant', 'web', {
    ports: [
      { name: 'http', containerPort: 8_080 },
      { name: 'metrics', containerPort: 9_090 },
    ],
  }),
  deployment('tenant', 'db', { ports: [{ containerPort: 5_432 }] }),
  deployment('tenant', 'webhook', { ports: [{ containerPort: 9_443 }] }),
  deployment('other', 'stranger'),
  deployment('ingress-nginx', 'controller'),
  deployment('monitoring', 'prometheus', { labels: { 'app.kubernetes.io/name': 'prometheus' } }),
  deployment('linkerd', 'linkerd-destination'),
  deployment('istio-system', 'istiod'),
]
  .map((one) => JSON.stringify(one))
  .join('\n---\n');

interface JudgedJson {
  readonly flows: readonly { readonly allowed: boolean; readonly to: string }[];
}

async function isAllowed(
  shoot: PolicyShoot,
  recipes: readonly string[],
  [from, to]: readonly [string, string],
): Promise<boolean> {
  const files = {
    'policies.yaml': policiesOf(...recipes),
    'workloads.yaml': workloads,
    'shoot.json': shootText(shoot),
  };
  const names = Object.keys(files).flatMap((name) => ['-f', name]);
  const argv = ['policy', 'check', ...names, '--from', from, '--to', to, '-o', 'json'];
  const { stdout, stderr, code } = await runInFolder({ argv, files });
  assert.equal(stderr, '', argv.join(' '));
  const { flows } = JSON.parse(stdout) as JudgedJson;
  const allowed = flows.every((flow) => flow.allowed);
  assert.equal(code, allowed ? 0 : 1);
  return allowed;
}

const dns = 'kube-system/kube-dns:53/UDP';

interface Recipe {
  readonly recipes: readonly string[];
  readonly open: readonly (readonly [string, string])[];
  readonly closed: readonly (readonly [string, string])[];
}

const isolated = ['deny-all'] as const;

const table: Readonly<Record<string, Recipe>> = {
  'deny all, with DNS': {
    recipes: isolated,
    open: [
      ['tenant/web', dns],
      ['tenant/web', 'kube-system/kube-dns:53/TCP'],
      ['other/stranger', dns],
    ],
    closed: [
      ['tenant/web', 'tenant/db:5432'],
      ['tenant/web', '192.0.2.1:443'],
      ['tenant/web', '192.0.2.1:53/UDP'],
      ['other/stranger', 'tenant/web:8080'],
      ['192.0.2.1', 'tenant/web:8080'],
    ],
  },
  tenants: {
    recipes: [...isolated, 'tenants'],
    open: [
      ['tenant/web', 'tenant/db:5432'],
      ['tenant/web', dns],
    ],
    closed: [
      ['tenant/web', 'other/stranger:80'],
      ['other/stranger', 'tenant/db:5432'],
      ['tenant/web', '192.0.2.1:443'],
    ],
  },
  'ingress controller': {
    recipes: [...isolated, 'ingress-controller'],
    open: [['ingress-nginx/controller', 'tenant/web:8080']],
    closed: [
      ['ingress-nginx/controller', 'tenant/web:9090'],
      ['ingress-nginx/controller', 'tenant/db:5432'],
      ['other/stranger', 'tenant/web:8080'],
    ],
  },
  monitoring: {
    recipes: [...isolated, 'monitoring'],
    open: [['monitoring/prometheus', 'tenant/web:9090']],
    closed: [
      ['monitoring/prometheus', 'tenant/web:8080'],
      ['other/stranger', 'tenant/web:9090'],
    ],
  },
  webhooks: {
    recipes: [...isolated, 'webhooks'],
    open: [['kube-system/vpn-shoot', 'tenant/webhook:9443']],
    closed: [
      ['kube-system/vpn-shoot', 'tenant/webhook:8080'],
      ['kube-system/vpn-shoot', 'tenant/web:8080'],
      ['other/stranger', 'tenant/webhook:9443'],
    ],
  },
  Linkerd: {
    recipes: [...isolated, 'linkerd'],
    open: [
      ['tenant/web', 'linkerd/linkerd-destination:8086'],
      ['tenant/web', 'linkerd/linkerd-destination:8080'],
      ['tenant/web', 'linkerd/linkerd-destination:8090'],
      ['tenant/web', 'tenant/db:4143'],
    ],
    closed: [
      ['tenant/web', 'linkerd/linkerd-destination:443'],
      ['tenant/web', 'tenant/db:5432'],
      ['other/stranger', 'tenant/web:4143'],
    ],
  },
  Istio: {
    recipes: [...isolated, 'istio'],
    open: [
      ['tenant/web', 'istio-system/istiod:15012'],
      ['tenant/web', 'tenant/db:15008'],
    ],
    closed: [
      ['tenant/web', 'istio-system/istiod:443'],
      ['tenant/web', 'tenant/db:5432'],
      ['other/stranger', 'tenant/web:15008'],
    ],
  },
};

describe('recipes of the page', () => {
  for (const [title, { recipes, open, closed }] of Object.entries(table))
    for (const shoot of shoots)
      test(`${title}: opens what the section names, and no more (${shoot.name})`, async () => {
        for (const flow of open)
          assert.equal(await isAllowed(shoot, recipes, flow), true, `${flow.join(' → ')} is denied`);
        for (const flow of closed) {
          const always = shoot.name === 'Calico, NodeLocalDNS, without overlay' && flow[1] === dns;
          assert.equal(await isAllowed(shoot, recipes, flow), always, `${flow.join(' → ')} is allowed`);
        }
      });

  test('every policy of the page belongs to a recipe', () => {
    const used = new Set([...Object.values(table).flatMap(({ recipes }) => recipes), 'default-deny']);
    const folders = page.blocks.flatMap(({ claim }) => claim.file?.split('/')[0] ?? []);
    assert.deepEqual(
      [...new Set(folders)].filter((one) => !used.has(one)),
      [],
    );
  });
});

describe('the default deny policy of guides', () => {
  const rows: Readonly<Record<string, readonly [answers: string, verdict: string]>> = {
    Calico: ['pods of CoreDNS, port 8053', 'denied: the rule admits port 53 only'],
    'Calico, NodeLocalDNS, with overlay': [
      'NodeLocalDNS in the network of the node, port 53',
      'denied: no rule admits the node',
    ],
    'Calico, NodeLocalDNS, without overlay': [
      'NodeLocalDNS in the network of the node, port 53',
      'works: no policy can deny it',
    ],
    Cilium: ['pods of CoreDNS, port 8053', 'denied: the rule admits port 53 only'],
    'Cilium, NodeLocalDNS': ['pods of NodeLocalDNS, port 53', 'denied: the rule admits other pods'],
  };

  for (const shoot of shoots)
    test(`DNS in a shoot with ${shoot.name} has the verdict of the page`, async () => {
      const [answers, verdict] = rows[shoot.name] ?? assert.fail('the test has no row');
      const lines = page.text.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
      assert.ok(
        lines.some((cells) => cells.slice(1, 4).join() === [shoot.name, answers, verdict].join()),
        'the page has no such row',
      );
      const files = {
        'policy.yaml': policiesOf('default-deny'),
        'workloads.yaml': workloads,
        'shoot.json': shootText(shoot),
      };
      const argv = ['policy', 'check', ...Object.keys(files).flatMap((name) => ['-f', name]), '-o', 'json'];
      const { stdout } = await runInFolder({ argv, files });
      const { findings } = JSON.parse(stdout) as {
        readonly findings: readonly { readonly code: string; readonly message: string }[];
      };
      const [finding, ...others] = findings;
      assert.deepEqual(others, []);
      assert.equal(finding?.code, verdict.startsWith('works') ? 'policy-dns-not-blocked' : 'policy-egress-without-dns');
      if (!verdict.startsWith('works'))
        assert.ok(
          finding?.message.includes(answers.replace(', port', ' in kube-system, port')) ||
            finding?.message.includes(answers),
          finding?.message,
        );
    });
});

test('the page names every rule of the CNIs', () => {
  const rules = readPage(root, 'docs/usage/network-policy-rules.md');
  const named = Array.from(rules.text.matchAll(/`(effect-[a-z-]+)`/g), ([, code]) => code);
  assert.deepEqual(named, Object.keys(effectRules));
  const anchors = pageLinks(rules).flatMap((link) => (link.startsWith('#') ? [link.slice(1)] : []));
  assert.deepEqual(
    anchors.filter((one) => !pageAnchors(rules).has(one)),
    [],
  );
});
