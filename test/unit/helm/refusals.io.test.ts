/** The charts reject contradictory and unknown values, with the path of the value and the problem. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { load } from 'js-yaml';
import { type ChartName, charts, manifest, render, renderedObjects, skip } from './charts.ts';

const root = path.join(import.meta.dirname, '../../..');

interface Rejection {
  readonly values: unknown;
  readonly error: RegExp;
}

const kubeconfig = 'apiVersion: v1\nkind: Config\n';
const projectedKubeconfig = { baseMountPath: '/foo', genericKubeconfigSecretName: 'generic', tokenSecretName: 'token' };

const injected = {
  'unknown values of Gardener': {
    gardener: { new: { thing: 1 }, seed: { spec: { settings: { other: {} } } }, virtualCluster: { other: 1 } },
  },
  'the empty global values that helm adds to a subchart': { global: {} },
  'no values of Gardener': { gardener: null },
  'null values of Gardener': {
    gardener: { version: null, seed: null, runtimeCluster: null, virtualCluster: null, selfHostedShootCluster: null },
  },
  'a seed without settings': { gardener: { seed: { spec: { settings: null } } } },
  'empty names from Gardener': {
    gardener: { virtualCluster: { enabled: null, namespace: null, serviceAccount: null }, runtimeCluster: {} },
  },
  'null values of the virtual garden': { global: { virtualGarden: { enabled: null, user: null } } },
};

rejects('controller', {
  'a misspelt name': { values: { imagee: {} }, error: /additional properties 'imagee' not allowed/ },
  'no type': { values: { types: [] }, error: /'\/types': minItems: got 0, want 1/ },
  'an unknown type': { values: { types: ['flannel'] }, error: /'\/types\/0': value must be one of 'calico', 'cilium'/ },
  'a type twice': { values: { types: ['calico', 'calico'] }, error: /'\/types': items at 0 and 1 are equal/ },
  'a misspelt field': {
    values: { controllers: { concurrentSync: 3 } },
    error: /'\/controllers': additional properties 'concurrentSync' not allowed/,
  },
  'a string instead of a number': {
    values: { replicaCount: 'two' },
    error: /'\/replicaCount': got string, want integer/,
  },
  'an unknown feature gate': {
    values: { config: { featureGates: { Typo: true } } },
    error: /'\/config\/featureGates': additional properties 'Typo' not allowed/,
  },
  'a feature gate that is not a boolean': {
    values: { config: { featureGates: { SeamlessOverlaySwitch: 'yes' } } },
    error: /SeamlessOverlaySwitch': got string, want boolean/,
  },
  'a null limit': {
    values: { config: { clientConnection: { qps: null } } },
    error: /\/config\/clientConnection\/qps': got null, want number/,
  },
  'an unknown update mode of the VPA': {
    values: { vpa: { updatePolicy: { updateMode: 'Sometimes' } } },
    error: /updateMode': value must be one of 'Off'/,
  },
  'too few usable ports': { values: { usablePorts: [8080] }, error: /'\/usablePorts': minItems: got 1, want 3/ },
  'a template that does not evaluate to a port': {
    values: { metricsPort: '{{ .Values.logLevel }}' },
    error: /values: metricsPort: Invalid value: "info": must give a port from 1 to 65535/,
  },
  'a port that is too large': {
    values: { webhookConfig: { serverPort: '70000' } },
    error: /values: webhookConfig.serverPort: Invalid value: "70000": must give a port from 1 to 65535/,
  },
  'the same port for metrics and health': {
    values: { metricsPort: 8081 },
    error: /values: healthPort: Invalid value: 8081: is the port of metricsPort, too/,
  },
  'the same port for health and the webhook': {
    values: { usablePorts: [8080, 8081, 8081] },
    error: /values: webhookConfig.serverPort: Invalid value: 8081: is the port of healthPort, too/,
  },
  'a port with a leading zero': {
    values: { metricsPort: '08081' },
    error: /values: metricsPort: Invalid value: "08081": must give a port from 1 to 65535/,
  },
  'a string instead of a boolean of Gardener': {
    values: { gardener: { selfHostedShootCluster: 'false' } },
    error: /selfHostedShootCluster': got string, want null or boolean/,
  },
});

rejects('runtime', {
  'a misspelt name': { values: { imgae: {} }, error: /additional properties 'imgae' not allowed/ },
  'a misspelt name under global': {
    values: { global: { kubeconfg: 'x' } },
    error: /'\/global': additional properties 'kubeconfg' not allowed/,
  },
  'the same port for metrics and health': {
    values: { global: { metricsPort: 8081 } },
    error: /values: healthPort: Invalid value: 8081: is the port of metricsPort, too/,
  },
  'the same port for health and the webhook': {
    values: { metricsPort: null, healthPort: 10_250 },
    error: /values: webhookConfig.serverPort: Invalid value: 10250: is the port of healthPort, too/,
  },
  'an unknown webhook': {
    values: { disableWebhooks: ['mutators'] },
    error: /'\/disableWebhooks\/0': value must be one of 'validator', 'mutator'/,
  },
  'two kubeconfigs': {
    values: { kubeconfig, projectedKubeconfig },
    error: /values: projectedKubeconfig: Forbidden: kubeconfig is given, too/,
  },
  'different kubeconfigs in kubeconfig and global.kubeconfig': {
    values: { kubeconfig, global: { kubeconfig: 'other' } },
    error: /values: kubeconfig: Forbidden: global.kubeconfig has another one/,
  },
  'an incomplete projected kubeconfig': {
    values: { projectedKubeconfig: { baseMountPath: '/foo' } },
    error: /values: projectedKubeconfig.genericKubeconfigSecretName: Required value/,
  },
  'a projected kubeconfig without a mount path': {
    values: { projectedKubeconfig: { ...projectedKubeconfig, baseMountPath: '' } },
    error: /values: projectedKubeconfig.baseMountPath: Required value/,
  },
  'a projected token without a kubeconfig': {
    values: { global: { serviceAccountTokenVolumeProjection: { enabled: true } } },
    error: /values: kubeconfig: Required value: with serviceAccountTokenVolumeProjection.enabled/,
  },
  'an audience without a projected token': {
    values: { serviceAccountTokenVolumeProjection: { audience: 'garden' } },
    error: /values: serviceAccountTokenVolumeProjection.audience: Forbidden: no token is projected/,
  },
  'a user without a kubeconfig': {
    values: { global: { virtualGarden: { enabled: true, user: { name: 'admission' } } } },
    error: /values: kubeconfig: Required value: to be user "admission" in the virtual garden/,
  },
  'a user without a virtual garden': {
    values: { global: { kubeconfig, virtualGarden: { user: { name: 'admission' } } } },
    error: /values: global.virtualGarden.user.name: Forbidden: without a virtual garden/,
  },
  'contradictory values about the virtual garden': {
    values: { global: { virtualGarden: { enabled: false } }, gardener: { virtualCluster: { enabled: true } } },
    error: /values: global.virtualGarden.enabled: Invalid value: false: gardener.virtualCluster.enabled says true/,
  },
  'a misspelt field under global': {
    values: { global: { virtualGarden: { enable: true } } },
    error: /virtualGarden': additional properties 'enable' not allowed/,
  },
  'a ServiceMonitor without metrics': {
    values: { metricsPort: 0, monitoring: { serviceMonitor: { enabled: true } } },
    error: /values: monitoring.serviceMonitor.enabled: Forbidden: without metricsPort there is nothing to scrape/,
  },
  'a dashboard, which the admission does not have': {
    values: { global: { monitoring: { dashboards: { enabled: true } } } },
    error: /monitoring': additional properties 'dashboards' not allowed/,
  },
  'a token with a short lifetime': {
    values: { serviceAccountTokenVolumeProjection: { expirationSeconds: 60 } },
    error: /expirationSeconds': minimum: got 60, want 600/,
  },
});

rejects('application', {
  'a misspelt name': { values: { imgae: {} }, error: /additional properties 'imgae' not allowed/ },
  'a misspelt name under global': {
    values: { global: { kubeconfg: 'x' } },
    error: /'\/global': additional properties 'kubeconfg' not allowed/,
  },
  'a ServiceAccount without a namespace': {
    values: { gardener: { virtualCluster: { serviceAccount: { name: 'foo' } } } },
    error: /values: gardener.virtualCluster.serviceAccount.namespace: Required value/,
  },
  'both a user and a ServiceAccount': {
    values: {
      global: { virtualGarden: { enabled: true, user: { name: 'admission' } } },
      gardener: { virtualCluster: { serviceAccount: { name: 'foo', namespace: 'bar' } } },
    },
    error: /values: gardener.virtualCluster.serviceAccount.name: Forbidden: .*"admission"/,
  },
  'an unknown type': { values: { types: ['flannel'] }, error: /'\/types\/0': value must be one of/ },
});

rejects('admission', {
  'a value of a subchart at the root': {
    values: { replicaCount: 2 },
    error: /additional properties 'replicaCount' not allowed/,
  },
  'a misspelt name in a subchart': {
    values: { runtime: { imgae: {} } },
    error: /runtime[^]*additional properties 'imgae' not allowed/,
  },
  'a misspelt name under global': {
    values: { global: { kubeconfg: 'x' } },
    error: /'\/global': additional properties 'kubeconfg' not allowed/,
  },
  'both parts with a virtual garden': {
    values: { global: { virtualGarden: { enabled: true }, kubeconfig } },
    error: /values: global.virtualGarden.enabled: Forbidden: .*set application.enabled: false in the runtime cluster/,
  },
  'both parts with a virtual garden of gardener-operator': {
    values: { runtime: { gardener: { virtualCluster: { enabled: true } } } },
    error: /values: global.virtualGarden.enabled: Forbidden: .*and runtime.enabled: false in the virtual garden/,
  },
});

/** Empty values under global, as in a file with all values, do not override those of the part. */
for (const [name, global] of Object.entries({
  'an empty kubeconfig': { kubeconfig: '' },
  'no kubeconfig': { kubeconfig: null },
  'an empty projection': { serviceAccountTokenVolumeProjection: {} },
  'a projection with an empty audience': { serviceAccountTokenVolumeProjection: { audience: '' } },
  'an empty image tag': { image: { tag: '' } },
  'no webhooks': { disableWebhooks: [] },
})) {
  const own = {
    image: { tag: 'v1.2.3' },
    disableWebhooks: ['mutator'],
    kubeconfig,
    serviceAccountTokenVolumeProjection: { enabled: true, audience: 'garden' },
  };
  test(`${name} under global has no effect`, { skip }, () => {
    const [without, alone] = [{}, { global }].map((more) =>
      manifest(renderedObjects(render('runtime', { values: { ...own, ...more } }))),
    );
    assert.equal(alone, without);
    const both = [{}, { global }].map((more) =>
      manifest(renderedObjects(render('admission', { values: { runtime: own, ...more } }))),
    );
    assert.equal(both[1], both[0]);
  });
}

test('a metricsPort of null or 0 under global disables metrics', { skip }, () => {
  for (const metricsPort of [null, 0])
    for (const chart of ['runtime', 'admission'] as const)
      assert.match(
        JSON.stringify(renderedObjects(render(chart, { values: { global: { metricsPort } } }))),
        /"--metrics-bind-address=0"/,
      );
});

test('a numeric namespace is rendered as a string', { skip }, () => {
  for (const [chart, values] of [
    ['controller', {}],
    [
      'controller',
      {
        imageVectorOverwrite: 'images: []',
        monitoring: { prometheusRule: { enabled: true }, dashboards: { enabled: true } },
      },
    ],
    ['admission', { global: { kubeconfig } }],
    ['runtime', { monitoring: { serviceMonitor: { enabled: true }, prometheusRule: { enabled: true } } }],
    ['application', {}],
  ] as const) {
    const objects = renderedObjects(render(chart, { values, namespace: '12345', release: '6789' }));
    const wrong = objects.flatMap((object) => numbersAt(object).filter((at) => /namespace|name$/i.test(at)));
    assert.deepEqual(wrong, [], chart);
    assert.ok(objects.some(({ metadata }) => metadata.namespace === '12345'));
  }
});

/** The values that Gardener injects depend on its version, and must not break an installation. */
for (const chart of ['controller', 'runtime', 'application'] as const) {
  for (const [name, values] of Object.entries(injected)) {
    test(`${chart} accepts ${name}`, { skip }, () => assert.equal(render(chart, { values }).error, undefined));
  }

  test(`${chart} names the missing value if a default is removed`, { skip }, () => {
    const defaults = load(readFileSync(path.join(root, charts[chart].folder, 'values.yaml'), 'utf8'));
    for (const name of Object.keys(defaults as object)) {
      const { error } = render(chart, { values: { [name]: null } });
      if (error !== undefined)
        assert.match(error, new RegExp(`missing property '${name}'|missing properties .*'${name}'`));
    }
  });
}

/** Returns the paths of all numbers in an object. */
function numbersAt(value: unknown, at = ''): readonly string[] {
  if (typeof value === 'number') return [at];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => numbersAt(inner, `${at}/${name}`));
}

function rejects(chart: ChartName, table: Readonly<Record<string, Rejection>>): void {
  for (const [name, { values, error }] of Object.entries(table)) {
    test(`${chart} rejects ${name}`, { skip }, () => {
      const rendered = render(chart, { values });
      assert.match(rendered.error ?? 'no error', error);
    });
  }
}
