import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Diagnostic } from '../../pkg/network/diagnostics.ts';
import { cases } from '../../test/support/cases.ts';
import { type ConditionsInput, configurationConditionType, networkConditions } from './configuration-condition.ts';

const now = Date.UTC(2026, 0, 10, 12);
const time = '2026-01-10T12:00:00Z';
const earlier = '2026-01-09T12:00:00Z';

function finding(message: string, severity: Diagnostic['severity'] = 'warning'): Diagnostic {
  return { code: 'calico-odd', severity, object: 'Network a/b', path: 'spec.x', message, remedy: 'r' };
}

const times = { lastTransitionTime: time, lastUpdateTime: time };
const warned = {
  type: configurationConditionType,
  status: 'True',
  reason: 'ConfigurationWarnings',
  message: 'spec.x: odd [calico-odd]',
};
const accepted = { ...warned, reason: 'ConfigurationAccepted', message: 'The configuration has no findings.' };
const refused = { ...warned, status: 'False', reason: 'ConfigurationRefused', message: 'spec.x: bad [calico-odd]' };
const before = { lastTransitionTime: earlier, lastUpdateTime: earlier };
const foreign = { type: 'Foreign', status: 'True', reason: 'R', message: 'm', lastTransitionTime: earlier };
const abandoned = [
  'SystemComponentsHealthy',
  'ControlPlaneHealthy',
  'EveryNodeReady',
  'ObservabilityComponentsHealthy',
].map((type) => ({ ...foreign, type, status: 'Unknown', reason: 'OutdatedHealthCheckReport' }));

interface Row extends Pick<ConditionsInput, 'findings'> {
  readonly stored?: unknown;
  readonly conditions: readonly unknown[];
}

suite('the condition about the configuration', () => {
  cases<Row>(
    {
      'is True without findings': { findings: [], conditions: [{ ...accepted, ...times }] },
      'is True with warnings, which reason and message show': {
        findings: [finding('odd')],
        conditions: [{ ...warned, ...times }],
      },
      'is False with errors, which come before warnings in the message': {
        findings: [finding('odd'), finding('bad', 'error')],
        conditions: [{ ...refused, message: `${refused.message}\n${warned.message}`, ...times }],
      },
      'is Unknown before an evaluation': {
        findings: 'not evaluated',
        conditions: [
          {
            ...warned,
            status: 'Unknown',
            reason: 'ConfigurationNotEvaluated',
            message: 'The run failed before it evaluated the configuration, see lastError.',
            ...times,
          },
        ],
      },
      'does not change with equal findings': {
        stored: [{ ...warned, ...before }],
        findings: [finding('odd')],
        conditions: [{ ...warned, ...before }],
      },
      'makes no transition when a warning appears': {
        stored: [{ ...accepted, ...before }],
        findings: [finding('odd')],
        conditions: [{ ...warned, ...before, lastUpdateTime: time }],
      },
      'makes no transition when a warning disappears': {
        stored: [{ ...warned, ...before }],
        findings: [],
        conditions: [{ ...accepted, ...before, lastUpdateTime: time }],
      },
      'makes a transition when the configuration is refused': {
        stored: [{ ...warned, ...before }],
        findings: [finding('bad', 'error')],
        conditions: [{ ...refused, ...times }],
      },
      'makes a transition when warnings were stored as False, as earlier versions did': {
        stored: [{ ...warned, status: 'False', ...before }],
        findings: [finding('odd')],
        conditions: [{ ...warned, ...times }],
      },
      'keeps its place among conditions of others': {
        stored: [foreign, { ...warned, ...before }, { ...foreign, type: 'Other' }],
        findings: [],
        conditions: [foreign, { ...accepted, ...before, lastUpdateTime: time }, { ...foreign, type: 'Other' }],
      },
      'replaces the health checks of old releases, which nothing updates any more': {
        stored: [...abandoned, foreign],
        findings: [],
        conditions: [foreign, { ...accepted, ...times }],
      },
      'replaces garbage': {
        stored: [7, null, { status: 'True' }],
        findings: [],
        conditions: [{ ...accepted, ...times }],
      },
    },
    ({ stored, findings, conditions }) => assert.deepEqual(networkConditions({ stored, findings, now }), conditions),
  );

  test('names ten findings, each in at most 500 characters', () => {
    const findings = Array.from({ length: 12 }, (_, index) => finding(`${index}${'x'.repeat(1000)}`));
    const [condition] = networkConditions({ stored: [], findings, now });
    const lines = String(condition?.['message']).split('\n');
    assert.deepEqual([lines.length, lines.at(-1)], [11, 'and 2 more']);
    for (const line of lines) assert.ok(line.length <= 500);
  });
});
