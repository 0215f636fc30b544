import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import { type Diagnostic, networkRules } from '../../pkg/network/diagnostics.ts';
import { plugins } from '../../pkg/plugins/index.ts';
import { findingEvents } from './events.ts';

const network: KubeObject = {
  apiVersion: 'v',
  kind: 'Network',
  metadata: { name: 'bar', namespace: 'shoot--foo--bar' },
};

function finding(code: string, severity: Diagnostic['severity']): Diagnostic {
  return { code, severity, object: 'Network shoot--foo--bar/bar', path: 'spec.x', message: 'is odd', remedy: 'r' };
}

test('an error has the reason ConfigurationProblem, a warning its code; errors come first', () => {
  const events = findingEvents(network, [
    finding('calico-overlay-overrules', 'warning'),
    finding('config-too-large', 'error'),
  ]);
  assert.deepEqual(events, [
    { object: network, type: 'Warning', reason: 'ConfigurationProblem', message: 'spec.x: is odd [config-too-large]' },
    {
      object: network,
      type: 'Warning',
      reason: 'CalicoOverlayOverrules',
      message: 'spec.x: is odd [calico-overlay-overrules]',
    },
  ]);
});

test('findings become at most ten Events, and no findings none', () => {
  assert.deepEqual(findingEvents(network, []), []);
  const many = Array.from({ length: 100 }, (_, index) => finding(`code-${index}`, 'warning'));
  assert.equal(findingEvents(network, [...many, finding('last', 'error')]).length, 10);
  assert.equal(findingEvents(network, [...many, finding('last', 'error')])[0]?.message, 'spec.x: is odd [last]');
});

test('every code has a unique reason in CamelCase', () => {
  const codes = Object.keys(Object.assign({}, networkRules, ...plugins.map(({ rules }) => rules)) as object);
  const reasons = codes.map((code) => findingEvents(network, [finding(code, 'warning')])[0]?.reason ?? '');
  for (const reason of reasons) assert.match(reason, /^[A-Z][A-Za-z0-9]{2,127}$/);
  assert.equal(new Set(reasons).size, codes.length);
});

test('an Event contains neither credentials nor control characters, and retains its code', () => {
  const message = `\u001b[2K\n token=abcdef0123456789 ${'x'.repeat(100_000)}`;
  const [event] = findingEvents(network, [{ ...finding('config-too-large', 'error'), message }]);
  assert.match(
    event?.message ?? '',
    /^spec\.x: \\u001b\[2K token=\(redacted\) x+… \(\d+ characters\) \[config-too-large\]$/,
  );
  assert.ok(Buffer.byteLength(event?.message ?? '') <= 1024);
});
