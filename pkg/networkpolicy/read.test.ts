import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KubeObject } from '../gardener/objects.ts';
import { readPolicy } from './read-policy.ts';
import { readNamespaces, readPods } from './read-workloads.ts';
import { endpointsOf, readServices } from './services.ts';

const object = (kind: string, name: string, rest: Readonly<Record<string, unknown>>): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace: 'shop', ...(rest['metadata'] as object | undefined) },
  ...Object.fromEntries(Object.entries(rest).filter(([key]) => key !== 'metadata')),
});

describe('readPolicy', () => {
  const problemsOf = (spec: unknown) => readPolicy(object('NetworkPolicy', 'p', { spec })).problems;
  const paths = (spec: unknown) => problemsOf(spec).map(({ path }) => path);

  test('reads a policy without a namespace as one in namespace default', () => {
    const { policy } = readPolicy({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'p' },
      spec: {},
    });
    assert.equal(policy.namespace, 'default');
  });

  test('reports what the API server rejects, at the path of the field', () => {
    const rule = (peer: unknown, port: unknown = { port: 80 }) => ({ ingress: [{ from: [peer], ports: [port] }] });
    const peer = { podSelector: {} };
    const cases: readonly (readonly [spec: unknown, path: string])[] = [
      [undefined, 'spec'],
      [{ policyTypes: ['ingress'] }, 'spec.policyTypes[0]'],
      [{ ingress: {} }, 'spec.ingress'],
      [{ policyTypes: ['Ingress'], egress: {} }, 'spec.egress'],
      [{ ingres: [] }, 'spec.ingres'],
      [{ ingress: [{ form: [peer] }] }, 'spec.ingress[0].form'],
      [{ ingress: [{ to: [peer] }] }, 'spec.ingress[0].to'],
      [rule({ ...peer, namespaces: [] }), 'spec.ingress[0].from[0].namespaces'],
      [rule({ ipBlock: { cidr: '10.0.0.0/8', expect: [] } }), 'spec.ingress[0].from[0].ipBlock.expect'],
      [rule(peer, { port: 80, endport: 90 }), 'spec.ingress[0].ports[0].endport'],
      [rule({}), 'spec.ingress[0].from[0]'],
      [rule({ ipBlock: { cidr: '10.0.0.0/8' }, podSelector: {} }), 'spec.ingress[0].from[0]'],
      [rule({ ipBlock: { cidr: '10.0.0.0' } }), 'spec.ingress[0].from[0].ipBlock.cidr'],
      [rule({ ipBlock: { cidr: '10.0.0.0/8', except: ['11.0.0.0/16'] } }), 'spec.ingress[0].from[0].ipBlock.except[0]'],
      [rule({ ipBlock: { cidr: '10.0.0.0/8', except: ['10.0.0.0/8'] } }), 'spec.ingress[0].from[0].ipBlock.except[0]'],
      [rule(peer, { port: 0 }), 'spec.ingress[0].ports[0].port'],
      [rule(peer, { port: '80' }), 'spec.ingress[0].ports[0].port'],
      [rule(peer, { port: 80, protocol: 'tcp' }), 'spec.ingress[0].ports[0].protocol'],
      [rule(peer, { endPort: 80 }), 'spec.ingress[0].ports[0].endPort'],
      [rule(peer, { port: 'http', endPort: 80 }), 'spec.ingress[0].ports[0].endPort'],
      [rule(peer, { port: 80, endPort: 79 }), 'spec.ingress[0].ports[0].endPort'],
      [{ podSelector: { app: 'web' } }, 'spec.podSelector.app'],
      [{ podSelector: { matchLabels: { app: 1 } } }, 'spec.podSelector.matchLabels[app]'],
      [
        { podSelector: { matchExpressions: [{ key: 'a', operator: 'in' }] } },
        'spec.podSelector.matchExpressions[0].operator',
      ],
      [
        { podSelector: { matchExpressions: [{ key: 'a', operator: 'In' }] } },
        'spec.podSelector.matchExpressions[0].values',
      ],
      [
        { podSelector: { matchExpressions: [{ key: 'a', operator: 'Exists', values: ['b'] }] } },
        'spec.podSelector.matchExpressions[0].values',
      ],
      [{ podSelector: { matchExpressions: [{ operator: 'Exists' }] } }, 'spec.podSelector.matchExpressions[0].key'],
    ];
    for (const [spec, path] of cases) assert.deepEqual(paths(spec), [path], JSON.stringify(spec));
  });

  test('reports nothing about a policy with all kinds of rules', () => {
    const spec = {
      podSelector: { matchExpressions: [{ key: 'a', operator: 'NotIn', values: ['b'] }] },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{}, null, { from: null, ports: [{ port: 'http' }, { port: 80, endPort: 90, protocol: 'SCTP' }] }],
      egress: [{ to: [{ ipBlock: { cidr: '::/0', except: ['fd00::/8'] } }, { namespaceSelector: {} }] }],
    };
    assert.deepEqual(problemsOf(spec), []);
  });

  test('never throws and never reads a mistake as a rule that admits everything', () => {
    for (const mistake of [
      1,
      'a',
      [],
      {},
      [null],
      [[]],
      [{ from: 1 }],
      [{ ports: 'a' }],
      [{ from: [1], ports: [1] }],
    ]) {
      const { policy, problems } = readPolicy(object('NetworkPolicy', 'p', { spec: { ingress: mistake } }));
      const opensAll = (policy.ingress ?? []).some(({ peers, ports }) => peers.length + ports.length === 0);
      assert.ok(!opensAll || problems.length > 0 || JSON.stringify(mistake) === '[null]', JSON.stringify(mistake));
    }
  });
});

describe('readPods', () => {
  const template = (labels: object, spec: object = {}) => ({ metadata: { labels }, spec: { containers: [], ...spec } });

  test('reads templates of all kinds of workloads', () => {
    const kinds = ['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job', 'ReplicationController'];
    const objects = [
      ...kinds.map((kind) => object(kind, kind.toLowerCase(), { spec: { template: template({ app: kind }) } })),
      object('CronJob', 'cronjob', { spec: { jobTemplate: { spec: { template: template({ app: 'CronJob' }) } } } }),
    ];
    const pods = readPods({ objects, podRanges: ['100.96.0.0/11'] });
    assert.deepEqual(
      pods.map(({ labels, addresses }) => [labels['app'], addresses]),
      [...kinds, 'CronJob'].map((kind) => [kind, ['100.96.0.0/11']]),
    );
    assert.equal(pods[0]?.workload, 'Deployment shop/deployment');
  });

  test('reads addresses, node and network of a pod, and ports of containers and sidecars', () => {
    const spec = {
      nodeName: 'node-1',
      hostNetwork: true,
      containers: [{ ports: [{ name: 'http', containerPort: 80 }] }],
      initContainers: [
        { ports: [{ containerPort: 1 }] },
        { restartPolicy: 'Always', ports: [{ containerPort: 53, protocol: 'UDP' }, { containerPort: 99_999 }] },
      ],
    };
    const [pod] = readPods({
      objects: [object('Pod', 'web', { spec, status: { podIPs: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }] } })],
    });
    assert.deepEqual(pod, {
      namespace: 'shop',
      name: 'web',
      labels: {},
      ports: [
        { name: 'http', port: 80, protocol: 'TCP' },
        { port: 53, protocol: 'UDP' },
      ],
      hostNetwork: true,
      addresses: ['10.0.0.1', 'fd00::1'],
      node: 'node-1',
    });
  });

  test('a pod of which neither an address nor a range is known has none; in the network of its node it has one of the node ranges', () => {
    const objects = [object('Pod', 'a', { spec: {} }), object('Pod', 'b', { spec: { hostNetwork: true } })];
    const pods = readPods({ objects, nodeRanges: ['10.250.0.0/16'] });
    assert.deepEqual(
      pods.map(({ addresses }) => addresses),
      [[], ['10.250.0.0/16']],
    );
  });

  test('leaves out pods that ended, templates that have pods, and workloads of other workloads', () => {
    const selector = { matchLabels: { app: 'web' } };
    const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'u' };
    const objects = [
      object('Deployment', 'web', { spec: { selector, template: template({ app: 'web' }) } }),
      object('ReplicaSet', 'web-1', {
        metadata: { ownerReferences: [owner] },
        spec: { selector, template: template({ app: 'web' }) },
      }),
      object('Pod', 'web-1-x', { metadata: { labels: { app: 'web' } }, spec: {}, status: { phase: 'Running' } }),
      object('Pod', 'done', { spec: {}, status: { phase: 'Succeeded' } }),
      object('Deployment', 'idle', {
        spec: { selector: { matchLabels: { app: 'idle' } }, template: template({ app: 'idle' }) },
      }),
    ];
    assert.deepEqual(
      readPods({ objects }).map(({ name }) => name),
      ['web-1-x', 'idle'],
    );
  });
});

describe('Services and Namespaces', () => {
  const pods = readPods({
    objects: [
      object('Pod', 'web', {
        metadata: { labels: { app: 'web' } },
        spec: { containers: [{ ports: [{ name: 'http', containerPort: 8080 }] }] },
      }),
      object('Pod', 'other', { spec: {} }),
    ],
  });

  const service = (spec: object) => readServices([object('Service', 's', { spec })])[0];
  const targets = (spec: object) => {
    const read = service(spec);
    const port = read?.ports[0];
    if (read === undefined || port === undefined) throw new Error('the Service has no port');
    return endpointsOf(read, port, pods).map(({ pod, port: number }) => [pod.name, number]);
  };

  test('a Service sends connections to the target port of the pods that it selects', () => {
    const selector = { app: 'web' };
    assert.deepEqual(targets({ selector, ports: [{ port: 80, targetPort: 'http' }] }), [['web', 8080]]);
    assert.deepEqual(targets({ selector, ports: [{ port: 80, targetPort: 9090 }] }), [['web', 9090]]);
    assert.deepEqual(targets({ selector, ports: [{ port: 80 }] }), [['web', 80]]);
    assert.deepEqual(targets({ selector, ports: [{ port: 80, targetPort: 'dns' }] }), []);
  });

  test('a Service without selector selects no pod', () => {
    assert.deepEqual(targets({ ports: [{ port: 80 }] }), []);
    assert.deepEqual(targets({ selector: {}, ports: [{ port: 80 }] }), []);
  });

  test('readNamespaces returns the labels of each Namespace', () => {
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels: { team: 'a' } } };
    assert.deepEqual([...readNamespaces([namespace])], [['shop', { team: 'a' }]]);
  });
});
