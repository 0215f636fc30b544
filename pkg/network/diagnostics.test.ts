import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DiagnosticRules, describe, errorsOf, networkRules, reporter } from './diagnostics.ts';

const rules = {
  bad: { severity: 'error', title: 't', reason: 'r', remedy: 'Do it.' },
  odd: { severity: 'warning', title: 't', reason: 'r', remedy: 'Look.', verdict: 'calico B7' },
} as const satisfies DiagnosticRules;

const place = { object: 'Network a/b', path: 'spec.x', message: 'Forbidden: no' };

test('a finding has severity and remedy of its rule', () => {
  assert.deepEqual(reporter(rules)('bad', place), { code: 'bad', severity: 'error', remedy: 'Do it.', ...place });
});

test('a remedy of the finding replaces that of the rule', () => {
  assert.equal(reporter(rules)('odd', { ...place, remedy: 'Wait.' }).remedy, 'Wait.');
});

test('throws for a code without a rule', () => {
  const report = reporter<DiagnosticRules>(rules);
  assert.throws(() => report('missing', place), /no diagnostic rule missing/);
});

test('errorsOf returns errors only', () => {
  const report = reporter(rules);
  assert.deepEqual(
    errorsOf([report('odd', place), report('bad', place)]).map(({ code }) => code),
    ['bad'],
  );
});

test('describe has the form of field errors of the API server', () => {
  const report = reporter(rules);
  assert.equal(describe(report('bad', place)), 'spec.x: Forbidden: no');
  assert.equal(describe(report('bad', { ...place, path: '' })), 'Forbidden: no');
});

test('every rule has reason and remedy in full sentences', () => {
  for (const [code, rule] of Object.entries(networkRules)) {
    assert.match(code, /^[a-z]+(-[a-z]+)+$/);
    assert.match(rule.title, /^[^.]{10,80}$/, code);
    assert.match(rule.reason, /^.{20,}\.$/, code);
    assert.match(rule.remedy, /^.{20,}\.$/, code);
  }
});

test('the page of a rule is appended to the remedy of the rule or of the finding', () => {
  const rule = { severity: 'warning', title: 't', reason: 'r.', remedy: 'Do it.' } as const;
  const warn = reporter({ explained: { ...rule, page: 'docs/a.md#b' }, plain: rule });
  const at = { object: 'o', path: 'p', message: 'm' };
  const remedies = [warn('explained', at), warn('explained', { ...at, remedy: 'Or that.' }), warn('plain', at)];
  assert.deepEqual(
    remedies.map(({ remedy }) => remedy),
    ['Do it. See docs/a.md#b.', 'Or that. See docs/a.md#b.', 'Do it.'],
  );
});
