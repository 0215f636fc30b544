import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scrapeConfig } from './scrapeconfig.ts';

const input = {
  name: 'shoot-x',
  namespace: 'shoot--a--b',
  job: 'x-metrics',
  serviceName: 'x-monitoring',
  portName: 'x-port',
  keep: 'x_.+',
};

test('selects job, Service, port and metrics', () => {
  const { metadata, spec } = JSON.parse(JSON.stringify(scrapeConfig(input)));
  assert.deepEqual(metadata, { name: 'shoot-x', namespace: 'shoot--a--b', labels: { prometheus: 'shoot' } });
  assert.deepEqual(spec.metricRelabelings, [{ action: 'keep', sourceLabels: ['__name__'], regex: 'x_.+' }]);
  const [job, keep] = spec.relabelings;
  assert.deepEqual(job, { action: 'replace', targetLabel: 'job', replacement: 'x-metrics' });
  assert.equal(keep.regex, 'x-monitoring;x-port');
});

test('scrapes pods through the proxy of the API server', () => {
  const { spec } = JSON.parse(JSON.stringify(scrapeConfig(input)));
  const path = spec.relabelings.at(-1);
  assert.equal(
    'kube-apiserver-pod-1;9091'.replace(
      new RegExp(`^${path.regex}$`),
      path.replacement.replaceAll(/\$\{(\d)\}/g, '$$$1'),
    ),
    '/api/v1/namespaces/kube-system/pods/kube-apiserver-pod-1:9091/proxy/metrics',
  );
  assert.equal(spec.kubernetesSDConfigs[0].role, 'Endpoints');
  assert.equal(spec.scheme, 'HTTPS');
});

test('two ScrapeConfigs differ in name, job, Service, port and metrics only', () => {
  const text = JSON.stringify(scrapeConfig(input));
  const other = JSON.stringify(
    scrapeConfig({ ...input, name: 'other', job: 'j', serviceName: 's', portName: 'p', keep: 'k' }),
  );
  assert.equal(
    text
      .replace('"shoot-x"', '"other"')
      .replace('"x-metrics"', '"j"')
      .replace('"x-monitoring;x-port"', '"s;p"')
      .replace('"x_.+"', '"k"'),
    other,
  );
});
