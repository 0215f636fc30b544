import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { shoots, shootText } from '../../test/policies/shoots.ts';
import { type RunResult, runInFolder } from '../../test/support/command-line.ts';

const workloads = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: main, ports: [{ name: http, containerPort: 8080 }] }] }
---
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: db, namespace: shop }
spec:
  selector: { matchLabels: { app: db } }
  template:
    metadata: { labels: { app: db } }
    spec: { containers: [{ name: main, ports: [{ containerPort: 5432 }] }] }
---
apiVersion: v1
kind: Service
metadata: { name: front, namespace: shop }
spec: { selector: { app: web }, ports: [{ name: web, port: 80, targetPort: http }], clusterIP: 100.64.3.3 }
---
apiVersion: v1
kind: Pod
metadata: { name: agent, namespace: shop, labels: { app: agent } }
spec: { hostNetwork: true, containers: [{ name: main }] }
`;

const closed = `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: db, namespace: shop }
spec: { podSelector: { matchLabels: { app: db } }, policyTypes: [Ingress] }
`;

const open = closed.replace(
  'policyTypes: [Ingress]',
  'policyTypes: [Ingress], ingress: [{ from: [{ podSelector: { matchLabels: { app: web } } }], ports: [{ port: 5432 }] }]',
);

const [calico] = shoots;
if (calico === undefined) throw new Error('no shoot');
const files = {
  'workloads.yaml': workloads,
  'closed.yaml': closed,
  'open.yaml': open,
  'shoot.json': shootText(calico),
};

async function policy(...argv: readonly string[]): Promise<RunResult> {
  return runInFolder({ argv: ['policy', ...argv], files, stdin: 'workloads.yaml' });
}

describe('netext policy check', () => {
  test('reports findings with position, reason, remedy and code', async () => {
    const wrong = closed.replace('app: db }', 'app: dbs }');
    const { stdout, code } = await runInFolder({
      argv: ['policy', 'check', 'wrong.yaml', 'workloads.yaml', '-f', 'shoot.json'],
      files: { ...files, 'wrong.yaml': wrong },
    });
    assert.equal(code, 0);
    assert.equal(
      stdout,
      `✓ 1 NetworkPolicy and 3 pods checked by calico of Shoot garden-dev/web: 1 warning
  wrong.yaml:5:9: warning: NetworkPolicy shop/db: spec.podSelector: no pod of namespace "shop" has the labels
      Correct podSelector or metadata.namespace, or add the workloads to the input. [policy-selects-nothing]
`,
    );
  });

  test('fails for a policy that the API server would reject, and for a document that cannot be read', async () => {
    const invalid = closed.replace('[Ingress]', '[ingress]');
    const broken = {
      ...files,
      'invalid.yaml': invalid,
      'broken.yaml': 'kind: NetworkPolicy\napiVersion: networking.k8s.io/v1\n',
    };
    const first = await runInFolder({ argv: ['policy', 'check', 'invalid.yaml'], files: broken });
    assert.equal(first.code, 1);
    assert.match(
      first.stdout,
      /invalid\.yaml:5:\d+: error: NetworkPolicy shop\/db: spec\.policyTypes\[0\]: Unsupported value: "ingress"/,
    );
    const second = await runInFolder({ argv: ['policy', 'check', 'closed.yaml', 'broken.yaml'], files: broken });
    assert.equal(second.code, 1);
    assert.match(second.stdout, /^broken\.yaml:1:1: error: /m);
  });

  test('prints findings, rules of the CNI and counts as JSON', async () => {
    const { stdout } = await policy('check', 'closed.yaml', '-f', '-', '-f', 'shoot.json', '-o', 'json');
    const { valid, findings, checked, cni, shoot } = JSON.parse(stdout) as Readonly<Record<string, unknown>>;
    assert.deepEqual(
      [valid, findings, checked, cni, shoot],
      [true, [], { NetworkPolicy: 1, Pod: 3 }, 'calico', 'Shoot garden-dev/web'],
    );
  });

  test('explains a denied flow by the policies that isolate the pod', async () => {
    const { stdout, code } = await policy(
      'check',
      'closed.yaml',
      'workloads.yaml',
      '--from',
      'shop/web',
      '--to',
      'shop/db:5432',
    );
    assert.equal(code, 1);
    assert.equal(
      stdout,
      `✗ shop/web → shop/db:5432/TCP is denied
  egress of shop/web: allowed, no policy isolates it for egress
  ingress of shop/db: denied, no rule admits it
    isolated by NetworkPolicy shop/db
`,
    );
  });

  test('explains an allowed flow by the rule that admits it', async () => {
    const { stdout, code } = await policy(
      'check',
      'open.yaml',
      'workloads.yaml',
      '--from',
      'shop/web',
      '--to',
      'shop/db:5432',
    );
    assert.equal(code, 0);
    assert.match(stdout, /allowed by NetworkPolicy shop\/db spec\.ingress\[0\] \(from\[0\], ports\[0\]\)\n/);
  });

  test('follows a Service by name or address to its pods', async () => {
    for (const target of ['shop/front:80', 'shop/front:web', '100.64.3.3:80']) {
      const { stdout } = await policy('check', 'open.yaml', 'workloads.yaml', '--from', 'shop/db', '--to', target);
      assert.match(
        stdout,
        /^✓ shop\/db → shop\/web:8080\/TCP is allowed\n {2}Service shop\/front:(80|web) is answered by shop\/web:8080\n/,
      );
    }
  });

  test('explains what the CNI adds, such as that policies do not select pods with hostNetwork', async () => {
    const { stdout } = await policy(
      'check',
      'open.yaml',
      'workloads.yaml',
      'shoot.json',
      '--from',
      'shop/web',
      '--to',
      'shop/agent:9100',
    );
    assert.match(
      stdout,
      /\n {2}calico:\n(.*\n)* {4}no policy selects pods with hostNetwork.* \[effect-host-network\]\n/,
    );
  });

  test('finds the port of a pod by its name, and reads other protocols and IPv6', async () => {
    const named = await policy('check', 'open.yaml', 'workloads.yaml', '--from', 'shop/db', '--to', 'shop/web:http');
    assert.match(named.stdout, /shop\/web:8080\/TCP is allowed/);
    const address = await policy(
      'check',
      'open.yaml',
      'workloads.yaml',
      '--from',
      'shop/db',
      '--to',
      '[2001:db8::1]:53/udp',
    );
    assert.match(address.stdout, /\[2001:db8::1\]:53\/UDP is allowed/);
  });

  test('does not mention an ipBlock of the other IP family', async () => {
    const other = closed.replace('[Ingress]', '[Egress], egress: [{ to: [{ ipBlock: { cidr: 10.0.0.0/8 } }] }]');
    const { stdout, code } = await runInFolder({
      argv: [
        'policy',
        'check',
        'v4.yaml',
        'workloads.yaml',
        'shoot.json',
        '--from',
        'shop/db',
        '--to',
        '[2001:db8::1]:443',
      ],
      files: { ...files, 'v4.yaml': other },
    });
    assert.equal(code, 1);
    assert.doesNotMatch(stdout, /some of the addresses/);
  });

  test('refuses ends that it does not know', async () => {
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [['--from', 'shop/web'], /a flow needs both --from and --to/],
      [
        ['--from', 'shop/wep', '--to', 'shop/db:5432'],
        /"shop\/wep" is neither an address nor .*, did you mean "shop\/web"\?/,
      ],
      [['--from', 'shop/web', '--to', 'shop/db'], /"shop\/db" is not namespace\/name:port/],
      [['--from', 'shop/web', '--to', 'shop/db:sql'], /no container of the pod has a port with this name/],
      [['--from', 'shop/web', '--to', 'shop/db:99999'], /the port must be between 1 and 65535/],
      [['--from', 'shop/web', '--to', 'shop/db:0'], /the port must be between 1 and 65535/],
      [['--from', 'shop/web', '--to', 'shop/front:81'], /Service "shop\/front" has no pod of the input at port "81"/],
    ];
    for (const [ends, message] of cases) {
      const { stderr, code } = await policy('check', 'closed.yaml', 'workloads.yaml', ...ends);
      assert.equal(code, 2);
      assert.match(stderr, message);
    }
  });

  test('refuses an input without policies, and one with two Shoots', async () => {
    const none = await policy('check', 'workloads.yaml');
    assert.deepEqual([none.code, none.stderr], [2, 'error: the input has no NetworkPolicy\n']);
    const nothing = await policy('check');
    assert.deepEqual(
      [nothing.code, nothing.stderr],
      [2, 'error: no input; specify a file, a folder, or - for standard input\n'],
    );
    const two = { ...files, 'other.json': files['shoot.json'].replace('"name":"web"', '"name":"other"') };
    const both = await runInFolder({
      argv: ['policy', 'check', 'closed.yaml', 'shoot.json', 'other.json'],
      files: two,
    });
    assert.match(both.stderr, /the input has 2 Shoots, and the policies are those of one/);
  });

  test('decides as Cilium for a Shoot from a file, which lacks the address of its API server', async () => {
    const cilium = shoots.find(({ cni }) => cni === 'cilium');
    assert.ok(cilium);
    const { status: _, ...shoot } = JSON.parse(shootText(cilium)) as { readonly status: unknown };
    const { stdout, stderr } = await runInFolder({
      argv: ['policy', 'check', 'closed.yaml', 'workloads.yaml', 'cilium.json'],
      files: { ...files, 'cilium.json': JSON.stringify(shoot) },
    });
    assert.equal(stderr, '');
    assert.match(stdout, /checked by cilium of Shoot garden-dev\/web/);
  });

  test('decides by the text of the API for a Shoot that has no plan, and says so', async () => {
    const refused = files['shoot.json'].replace('"overlay":{"enabled":false}', '"overlay":{"enabled":"no"}');
    const { stdout, stderr } = await runInFolder({
      argv: ['policy', 'check', 'closed.yaml', 'shoot.json'],
      files: { ...files, 'shoot.json': refused },
    });
    assert.match(stderr, /Shoot garden-dev\/web is refused: the text of the Kubernetes API decides/);
    assert.match(stdout, /checked by the text of the API of Shoot garden-dev\/web/);
  });
});

describe('netext policy matrix', () => {
  test('lists the sources of each port, without pods in the network of their node', async () => {
    const { stdout, code } = await policy('matrix', 'open.yaml', 'workloads.yaml');
    assert.equal(code, 0);
    assert.equal(stdout, 'shop/web  8080/TCP  from all\nshop/db   5432/TCP  from all\n');
    const { stdout: second } = await policy('matrix', 'closed.yaml', 'workloads.yaml');
    assert.equal(second, 'shop/web  8080/TCP  from all\nshop/db   5432/TCP  from none\n');
  });

  test('prints a table in Markdown, and flows in JSON', async () => {
    const { stdout } = await policy('matrix', 'closed.yaml', 'workloads.yaml', '-o', 'markdown');
    assert.equal(
      stdout,
      '| from \\ to | shop/web | shop/db |\n| --- | --- | --- |\n| shop/web |  | – |\n| shop/db | 8080/TCP |  |\n',
    );
    const { flows } = JSON.parse((await policy('matrix', 'closed.yaml', 'workloads.yaml', '-o', 'json')).stdout) as {
      readonly flows: unknown;
    };
    assert.deepEqual(flows, [
      { from: 'shop/web', to: 'shop/db', port: '5432/TCP', allowed: false },
      { from: 'shop/db', to: 'shop/web', port: '8080/TCP', allowed: true },
    ]);
  });

  test('names the exceptions where most sources are allowed', async () => {
    const many = Array.from(
      { length: 6 },
      (_, index) =>
        `\n---\napiVersion: v1\nkind: Pod\nmetadata: { name: p${index}, namespace: shop, labels: { app: p${index} } }\nspec: {}`,
    ).join('');
    const some = closed.replace(
      'policyTypes: [Ingress]',
      'policyTypes: [Ingress], ingress: [{ from: [{ podSelector: { matchExpressions: [{ key: app, operator: NotIn, values: [p1] }] } }] }]',
    );
    const { stdout } = await runInFolder({
      argv: ['policy', 'matrix', 'some.yaml', 'many.yaml'],
      files: { 'some.yaml': some, 'many.yaml': workloads + many },
    });
    assert.match(stdout, /^shop\/db {3}5432\/TCP {2}from all but shop\/p1$/m);
    assert.match(stdout, /^shop\/p2 {3}\* {9}from all$/m);
  });
});

describe('netext policy diff', () => {
  test('lists flows that close, with exit code 1', async () => {
    const { stdout, code } = await policy('diff', 'open.yaml', 'closed.yaml', '-f', 'workloads.yaml');
    assert.equal(code, 1);
    assert.equal(stdout, '- shop/web → shop/db 5432/TCP closes\n1 flow closed, 0 flows opened\n');
  });

  test('lists flows that open, also from standard input and as JSON and Markdown', async () => {
    const { stdout, code } = await policy('diff', 'closed.yaml', 'open.yaml', '-f', '-');
    assert.deepEqual([code, stdout], [0, '+ shop/web → shop/db 5432/TCP opens\n0 flows closed, 1 flow opened\n']);
    const json = JSON.parse(
      (await policy('diff', 'closed.yaml', 'open.yaml', '-f', '-', '-o', 'json')).stdout,
    ) as unknown;
    assert.deepEqual(json, {
      opened: [{ from: 'shop/web', to: 'shop/db', port: '5432/TCP', allowed: true }],
      closed: [],
    });
    const markdown = await policy('diff', 'closed.yaml', 'open.yaml', '-f', '-', '-o', 'markdown');
    assert.match(markdown.stdout, /\| opens \| shop\/web \| shop\/db \| 5432\/TCP \|/);
  });

  test('fails for a policy that the API server would reject, as matrix and a flow do', async () => {
    const invalid = open.replace('port: 5432', 'port: 5432, endPort: 80');
    const runWith = (...argv: readonly string[]) =>
      runInFolder({ argv: ['policy', ...argv, '-f', 'workloads.yaml'], files: { ...files, 'invalid.yaml': invalid } });
    for (const argv of [
      ['diff', 'closed.yaml', 'invalid.yaml'],
      ['matrix', '-f', 'invalid.yaml'],
      ['check', '-f', 'invalid.yaml', '--from', 'shop/db', '--to', 'shop/web:8080'],
    ]) {
      const { code, stderr } = await runWith(...argv);
      assert.equal(code, 1);
      assert.match(stderr, /^invalid\.yaml:5:\d+: error: NetworkPolicy shop\/db: .*endPort: .* \[policy-invalid\]$/m);
    }
  });

  test('needs two files or folders', async () => {
    const { code, stderr } = await policy('diff', 'closed.yaml', '-f', 'workloads.yaml');
    assert.equal(code, 2);
    assert.match(stderr, /diff compares two files or folders of policies/);
  });
});
