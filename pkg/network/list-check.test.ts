import assert from 'node:assert/strict';
import { test } from 'node:test';
import { demoNetwork } from '../calico/testdata/demo.ts';
import type { Diagnostic } from './diagnostics.ts';
import { checkedResult } from './list-check.ts';
import type { NetworkPlan, PlanResult } from './plugin.ts';

const network = demoNetwork();
const checks = [{ check: { group: 'example.com', version: 'v1', plural: 'things' } }];
const available = { available: true, value: [] } as const;
const failed = { available: false, reason: 'no route to host' } as const;
const finding = (code: string, severity: Diagnostic['severity']): Diagnostic => {
  return { code, severity, object: '', path: '', message: '', remedy: '' };
};
const warned = finding('some-warning', 'warning');
const planned: PlanResult = { outcome: 'planned', plan: {} as NetworkPlan, diagnostics: [warned] };

test('a plan is applied if its checks succeed, or if it has none', () => {
  assert.equal(checkedResult(planned, { network, checks, shoot: available }), planned);
  assert.equal(checkedResult(planned, { network, checks: [], shoot: failed }), planned);
});

test('a plan waits while a check fails, with its warnings', () => {
  const { outcome, diagnostics } = checkedResult(planned, { network, checks, shoot: failed });
  assert.equal(outcome, 'waiting');
  assert.deepEqual(
    diagnostics.map(({ code }) => code),
    ['network-restart-pending', 'some-warning'],
  );
  assert.equal(diagnostics[0]?.message, 'waiting for the API server of the shoot before a restart: no route to host');
});

test('a plan that waits for another reason as well reports both', () => {
  const waiting: PlanResult = { outcome: 'waiting', diagnostics: [finding('other-reason', 'error'), warned] };
  const { diagnostics } = checkedResult(waiting, { network, checks, shoot: failed });
  assert.deepEqual(
    diagnostics.map(({ code }) => code),
    ['network-restart-pending', 'other-reason', 'some-warning'],
  );
});

test('a refused configuration is refused whether the checks succeed or not', () => {
  const refused: PlanResult = { outcome: 'refused', diagnostics: [finding('config-wrong-type', 'error')] };
  assert.equal(checkedResult(refused, { network, checks, shoot: failed }), refused);
});
