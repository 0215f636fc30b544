import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Diagnostic } from '../network/diagnostics.ts';
import { withFindings } from './gardener-rules.ts';

const subject = 'Shoot garden-dev/web';

function finding(code: string, object: string, path: string): Diagnostic {
  return { code, severity: 'error', object, path, message: 'Invalid value', remedy: '' };
}

function codes({ diagnostics }: { readonly diagnostics: readonly Diagnostic[] }): readonly string[] {
  return diagnostics.map(({ code }) => code);
}

const ofNetwork = finding('network-invalid', 'Network shoot--dev--web/web', 'spec.podCIDR');

test('an error of Gardener rejects a planned Network', () => {
  const found = finding('gardener-unknown-field', subject, 'spec.providerConfig');
  assert.deepEqual(withFindings({ outcome: 'planned', diagnostics: [] }, { subject, findings: [found] }), {
    outcome: 'refused',
    diagnostics: [found],
  });
});

test('a warning of Gardener retains the outcome', () => {
  const found: Diagnostic = { ...finding('gardener-newer-field', subject, 'spec.new'), severity: 'warning' };
  assert.equal(
    withFindings({ outcome: 'planned', diagnostics: [] }, { subject, findings: [found] }).outcome,
    'planned',
  );
});

test('a range that the rules for the Network reject has one error', () => {
  const findings = [finding('gardener-range-invalid', subject, 'spec.networking.pods')];
  assert.deepEqual(codes(withFindings({ outcome: 'refused', diagnostics: [ofNetwork] }, { subject, findings })), [
    'network-invalid',
  ]);
});

test('host bits of a range that the rules for the Network reject are an error as well', () => {
  const findings = [finding('gardener-range-host-bits', subject, 'spec.networking.pods')];
  assert.deepEqual(codes(withFindings({ outcome: 'refused', diagnostics: [ofNetwork] }, { subject, findings })), [
    'gardener-range-host-bits',
    'network-invalid',
  ]);
});

test('a wrong type replaces findings about the absent value', () => {
  const absent = finding('shoot-invalid', subject, 'spec.kubernetes.version');
  const findings = [finding('gardener-wrong-type', subject, 'spec.kubernetes.version')];
  assert.deepEqual(codes(withFindings({ outcome: 'refused', diagnostics: [absent] }, { subject, findings })), [
    'gardener-wrong-type',
  ]);
});
