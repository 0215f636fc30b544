import assert from 'node:assert/strict';
import { suite } from 'node:test';
import { cases } from '../../test/support/cases.ts';
import { asStored } from './stored.ts';

const about = { apiVersion: 'v1', kind: 'Any', metadata: { name: 'x' } };

function pods(container: object, spec: object = {}): object {
  return { spec: { template: { spec: { ...spec, containers: [{ name: 'c', ...container }] } } } };
}

suite('what means the same', () => {
  const same: Readonly<Record<string, readonly [object, object]>> = {
    'members that are null, and a status': [{ spec: { a: null }, status: { x: 1 } }, { spec: {} }],
    'a protocol that is the default': [
      pods({ ports: [{ containerPort: 1, protocol: 'TCP' }] }),
      pods({ ports: [{ containerPort: 1 }] }),
    ],
    'a mount that may be written, said and unsaid': [
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
    'no annotations and empty ones': [{ metadata: { name: 'x', annotations: {} } }, {}],
  };
  cases(same, ([left, right]) => assert.deepEqual(stored(left), stored(right)));
});

suite('what does not', () => {
  const other: Readonly<Record<string, readonly [object, object]>> = {
    'another protocol': [
      pods({ ports: [{ containerPort: 1, protocol: 'UDP' }] }),
      pods({ ports: [{ containerPort: 1 }] }),
    ],
    'a mount that is read only': [
      pods({ volumeMounts: [{ name: 'v', mountPath: '/v', readOnly: true }] }),
      pods({ volumeMounts: [{ name: 'v', mountPath: '/v' }] }),
    ],
    'a value that looks like a default, in a ConfigMap': [{ data: { dnsPolicy: 'ClusterFirst' } }, { data: {} }],
    'an empty volume and none': [
      pods({}, { volumes: [{ name: 'v', emptyDir: {} }] }),
      pods({}, { volumes: [{ name: 'v' }] }),
    ],
    'quantities of another size': [
      pods({ resources: { limits: { memory: '1G' } } }),
      pods({ resources: { limits: { memory: '1Gi' } } }),
    ],
  };
  cases(other, ([left, right]) => assert.notDeepEqual(stored(left), stored(right)));
});

suite('rights of a role', () => {
  const rules = (...given: readonly object[]): unknown => stored({ kind: 'ClusterRole', rules: given });
  cases<() => void>(
    {
      'grouped in another way': () =>
        assert.deepEqual(
          rules({ apiGroups: ['', 'apps'], resources: ['a', 'b'], verbs: ['get', 'list'] }),
          rules(
            ...['', 'apps'].flatMap((group) =>
              ['b', 'a'].map((resource) => ({ apiGroups: [group], resources: [resource], verbs: ['list', 'get'] })),
            ),
          ),
        ),
      'pinned to a name': () =>
        assert.notDeepEqual(
          rules({ apiGroups: [''], resources: ['a'], resourceNames: ['x'], verbs: ['get'] }),
          rules({ apiGroups: [''], resources: ['a'], verbs: ['get'] }),
        ),
      'a URL': () =>
        assert.notDeepEqual(
          rules({ nonResourceURLs: ['/metrics'], verbs: ['get'] }),
          rules({ nonResourceURLs: ['/'], verbs: ['get'] }),
        ),
    },
    (check) => check(),
  );
});

function stored(part: object): unknown {
  return asStored({ ...about, ...part });
}
