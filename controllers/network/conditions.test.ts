import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { createMergePatch } from '../../pkg/gardener/merge-patch.ts';
import type { Diagnostic } from '../../pkg/network/diagnostics.ts';
import { cases } from '../../test/support/cases.ts';
import { conditionsOf, findingsConditionType } from './conditions.ts';

const now = Date.UTC(2026, 0, 10, 12, 0, 0, 900);
const time = '2026-01-10T12:00:00Z';
const earlier = '2026-01-09T12:00:00Z';

function finding(message: string, severity: Diagnostic['severity'] = 'warning'): Diagnostic {
  return { code: 'calico-odd', severity, object: 'Network a/b', path: 'spec.x', message, remedy: 'r' };
}

function ours(message: string, times: { readonly transition?: string; readonly update?: string } = {}) {
  const { transition = earlier, update = earlier } = times;
  const said = { type: findingsConditionType, status: 'False', reason: 'ConfigurationWarnings', message };
  return { ...said, lastTransitionTime: transition, lastUpdateTime: update };
}

const foreign = { type: 'Foreign', status: 'True', reason: 'R', message: 'm', lastTransitionTime: earlier };
const stale = { type: 'SystemComponentsHealthy', status: 'Unknown', reason: 'OutdatedHealthCheckReport', message: 'm' };
const text = 'spec.x: odd [calico-odd]';

interface Row {
  readonly present?: unknown;
  readonly warnings: readonly Diagnostic[];
  readonly wanted: readonly unknown[] | undefined;
}

cases<Row>(
  {
    'nothing to say, and nothing was said': { warnings: [], wanted: undefined },
    'an empty list stays no list': { present: [], warnings: [], wanted: undefined },
    'errors, before warnings': {
      warnings: [finding('odd'), finding('bad', 'error')],
      wanted: [
        {
          ...ours(`spec.x: bad [calico-odd]\n${text}`, { transition: time, update: time }),
          reason: 'ConfigurationRefused',
        },
      ],
    },
    'a first warning': { warnings: [finding('odd')], wanted: [ours(text, { transition: time, update: time })] },
    'the same warning: no time moves': { present: [ours(text)], warnings: [finding('odd')], wanted: [ours(text)] },
    'another warning: since the first': {
      present: [ours(text)],
      warnings: [finding('odder')],
      wanted: [ours('spec.x: odder [calico-odd]', { update: time })],
    },
    'the warning is gone': { present: [ours(text)], warnings: [], wanted: undefined },
    'the warning is gone, others stay': { present: [foreign, ours(text)], warnings: [], wanted: [foreign] },
    'ours keeps its place': {
      present: [stale, foreign, ours(text), { ...foreign, type: 'Other' }],
      warnings: [finding('odder')],
      wanted: [foreign, ours('spec.x: odder [calico-odd]', { update: time }), { ...foreign, type: 'Other' }],
    },
    'a first one comes last': {
      present: [foreign],
      warnings: [finding('odd')],
      wanted: [foreign, ours(text, { transition: time, update: time })],
    },
    'health checks of old releases go': {
      present: ['ControlPlaneHealthy', 'EveryNodeReady', 'ObservabilityComponentsHealthy']
        .map((type) => ({ ...stale, type }))
        .concat(stale),
      warnings: [],
      wanted: undefined,
    },
    'ours said it was fine': {
      present: [{ ...ours(text), status: 'True' }],
      warnings: [finding('odd')],
      wanted: [ours(text, { transition: time, update: time })],
    },
    'ours twice': { present: [ours(text), ours('other')], warnings: [finding('odd')], wanted: [ours(text)] },
    'ours without times': {
      present: [{ type: findingsConditionType, status: 'False', message: text }],
      warnings: [finding('odd')],
      wanted: [ours(text, { transition: time, update: time })],
    },
    'garbage goes': { present: [7, null, { status: 'True' }], warnings: [], wanted: undefined },
    'no list at all': {
      present: 'x',
      warnings: [finding('odd')],
      wanted: [ours(text, { transition: time, update: time })],
    },
  },
  ({ present, warnings, wanted }) => assert.deepEqual(conditionsOf({ present, diagnostics: warnings, now }), wanted),
);

test('ten warnings are named, each in at most 500 characters', () => {
  const diagnostics = Array.from({ length: 12 }, (_, index) => finding(`${index}${'x'.repeat(1000)}`));
  const [condition] = (conditionsOf({ present: [], diagnostics, now }) ?? []) as readonly {
    readonly message: string;
  }[];
  const lines = condition?.message.split('\n') ?? [];
  assert.deepEqual([lines.length, lines.at(-1)], [11, 'and 2 more']);
  for (const line of lines) assert.ok(line.length <= 500);
});

const anyCondition = fc.oneof(
  fc.constant(ours(text)),
  fc.constant(foreign),
  fc.constant(stale),
  fc.record({
    type: fc.constantFrom('A', findingsConditionType, 'EveryNodeReady'),
    status: fc.constantFrom('True', 'False'),
  }),
  fc.anything(),
);

test('a second run with the same findings changes nothing, whatever was there, and does not patch', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.array(anyCondition), fc.anything()),
      fc.array(fc.string()),
      fc.nat(),
      (present, messages, later) => {
        const diagnostics = messages.map((message) => finding(message));
        const first = conditionsOf({ present, diagnostics, now });
        const second = conditionsOf({ present: first, diagnostics, now: now + later });
        assert.deepEqual(second, first);
        assert.equal(createMergePatch({ conditions: first }, { conditions: second }), undefined);
        const types = (first ?? []).map((one) => (one as { readonly type: unknown }).type);
        assert.equal(types.filter((type) => type === findingsConditionType).length, messages.length > 0 ? 1 : 0);
      },
    ),
  );
});

test('conditions of others are as they were, in their order', () => {
  fc.assert(
    fc.property(fc.array(anyCondition), fc.boolean(), (present, warned) => {
      const others = (all: readonly unknown[]): readonly unknown[] =>
        all.filter((one) => ['A', 'Foreign'].includes(String((one as { readonly type?: unknown } | null)?.type)));
      const after = conditionsOf({ present, diagnostics: warned ? [finding('odd')] : [], now }) ?? [];
      assert.deepEqual(others(after), others(present));
    }),
  );
});
