import assert from 'node:assert/strict';
import { suite } from 'node:test';
import { cases } from '../../test/support/cases.ts';
import { normalizeObject } from './normalize.ts';

const about = { apiVersion: 'v1', kind: 'Any', metadata: { name: 'x' } };

function pods(container: object, spec: object = {}): object {
  return { spec: { template: { spec: { ...spec, containers: [{ name: 'c', ...container }] } } } };
}

suite('equivalent objects', () => {
  const same: Readonly<Record<string, readonly [object, object]>> = {
    'null members and a status': [{ spec: { a: null }, status: { x: 1 } }, { spec: {} }],
    'the default protocol': [
      pods({ ports: [{ containerPort: 1, protocol: 'TCP' }] }),
      pods({ ports: [{ containerPort: 1 }] }),
    ],
    'a writable mount, explicit and by default': [
      pods({ volumeMounts: [{ name: 'v', mountPath: '/v', readOnly: false }] }),
      pods({ volumeMounts: [{ name: 'v', mountPath: '/v' }] }),
    ],
    quantities: [
      pods({ resources: { requests: { cpu: 0.1, memory: '1024Mi' } } }),
      pods({ resources: { requests: { cpu: '100m', memory: '1Gi' } } }),
    ],
    'defaults of a probe': [
      pods({ livenessProbe: { httpGet: { port: 1, scheme: 'HTTP' }, periodSeconds: 10 } }),
      pods({ livenessProbe: { httpGet: { port: 1 }, failureThreshold: 3 } }),
    ],
    'absent and empty annotations': [{ metadata: { name: 'x', annotations: {} } }, {}],
  };
  cases('are equal with', same, ([left, right]) => assert.deepEqual(normalized(left), normalized(right)));
});

suite('different objects', () => {
  const other: Readonly<Record<string, readonly [object, object]>> = {
    'another protocol': [
      pods({ ports: [{ containerPort: 1, protocol: 'UDP' }] }),
      pods({ ports: [{ containerPort: 1 }] }),
    ],
    'a read-only mount': [
      pods({ volumeMounts: [{ name: 'v', mountPath: '/v', readOnly: true }] }),
      pods({ volumeMounts: [{ name: 'v', mountPath: '/v' }] }),
    ],
    'a value in a ConfigMap that looks like a default': [{ data: { dnsPolicy: 'ClusterFirst' } }, { data: {} }],
    'an empty volume and no volume': [
      pods({}, { volumes: [{ name: 'v', emptyDir: {} }] }),
      pods({}, { volumes: [{ name: 'v' }] }),
    ],
    'quantities of different size': [
      pods({ resources: { limits: { memory: '1G' } } }),
      pods({ resources: { limits: { memory: '1Gi' } } }),
    ],
  };
  cases('differ by', other, ([left, right]) => assert.notDeepEqual(normalized(left), normalized(right)));
});

suite('permissions of a role', () => {
  const rules = (...given: readonly object[]): unknown => normalized({ kind: 'ClusterRole', rules: given });
  cases<() => void>(
    {
      'are independent of their grouping': () =>
        assert.deepEqual(
          rules({ apiGroups: ['', 'apps'], resources: ['a', 'b'], verbs: ['get', 'list'] }),
          rules(
            ...['', 'apps'].flatMap((group) =>
              ['b', 'a'].map((resource) => ({ apiGroups: [group], resources: [resource], verbs: ['list', 'get'] })),
            ),
          ),
        ),
      'depend on resourceNames': () =>
        assert.notDeepEqual(
          rules({ apiGroups: [''], resources: ['a'], resourceNames: ['x'], verbs: ['get'] }),
          rules({ apiGroups: [''], resources: ['a'], verbs: ['get'] }),
        ),
      'include nonResourceURLs': () =>
        assert.notDeepEqual(
          rules({ nonResourceURLs: ['/metrics'], verbs: ['get'] }),
          rules({ nonResourceURLs: ['/'], verbs: ['get'] }),
        ),
    },
    (check) => check(),
  );
});

function normalized(part: object): unknown {
  return normalizeObject({ ...about, ...part });
}
