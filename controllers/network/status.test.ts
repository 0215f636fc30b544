import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { annotations } from '../../pkg/gardener/constants.ts';
import type { OperationType } from '../../pkg/gardener/network.ts';
import type { KubeObject } from '../../pkg/gardener/objects.ts';
import type { Diagnostic } from '../../pkg/network/diagnostics.ts';
import type { StatusPlan } from '../../pkg/network/plugin.ts';
import { cases } from '../../test/support/cases.ts';
import {
  type AppliedPlan,
  type Failure,
  failedPatch,
  processingPatch,
  type StatusInput,
  succeededPatch,
  waitingPatch,
} from './status.ts';

const now = Date.UTC(2026, 0, 10, 12, 0, 0, 900);
const time = '2026-01-10T12:00:00Z';
const earlier = '2026-01-10T11:00:00Z';

interface Given {
  readonly operation?: OperationType;
  readonly status?: unknown;
  readonly annotation?: string;
  readonly timestamp?: string;
  readonly generation?: number;
}

function input({ operation = 'Reconcile', status, annotation, timestamp, generation = 2 }: Given): StatusInput {
  const network: KubeObject = {
    apiVersion: 'extensions.gardener.cloud/v1alpha1',
    kind: 'Network',
    metadata: {
      name: 'bar',
      generation,
      annotations: {
        ...(annotation === undefined ? {} : { [annotations.operation]: annotation }),
        ...(timestamp === undefined ? {} : { [annotations.timestamp]: timestamp }),
      },
    },
    ...(status === undefined ? {} : { status }),
  };
  return { network, operation, now };
}

const doing: Readonly<Record<OperationType, string>> = {
  Create: 'Reconciling the Network',
  Reconcile: 'Reconciling the Network',
  Restore: 'Restoring the Network',
  Delete: 'Deleting the Network',
  Migrate: 'Migrating the Network',
};
const done: Readonly<Record<OperationType, string>> = {
  Create: 'Successfully reconciled Network',
  Reconcile: 'Successfully reconciled Network',
  Restore: 'Successfully restored Network',
  Delete: 'Successfully deleted Network',
  Migrate: 'Successfully migrated Network',
};
const wrong: Readonly<Record<OperationType, string>> = {
  Create: 'Error reconciling Network: x',
  Reconcile: 'Error reconciling Network: x',
  Restore: 'Error restoring Network: x',
  Delete: 'Error deleting Network: x',
  Migrate: 'Error migrating Network: x',
};
const operations = Object.keys(doing) as readonly OperationType[];
const perOperation = Object.fromEntries(operations.map((operation) => [operation, operation]));

const plan: StatusPlan = {
  ipFamilies: ['IPv4', 'IPv6'],
  providerStatus: { kind: 'NetworkStatus', applied: { ipam: 'host-local' } },
};

function lastOperation(type: string, state: string, description: string): object {
  const progress = state === 'Succeeded' ? 100 : state === 'Error' ? 50 : 1;
  return { type, state, progress, description, lastUpdateTime: earlier };
}

function condition(
  status: string,
  reason: string,
  { message = 'The configuration has no findings.', since = time } = {},
) {
  const times = { lastTransitionTime: since, lastUpdateTime: since };
  return { type: 'NetworkConfigurationHealthy', status, reason, message, ...times };
}

const accepted = condition('True', 'ConfigurationAccepted');
const notEvaluated = condition('Unknown', 'ConfigurationNotEvaluated', {
  message: 'The run failed before it evaluated the configuration, see lastError.',
});

/** What a successful run stored an hour ago. */
function stored(type: OperationType = 'Reconcile'): object {
  return {
    ...plan,
    observedGeneration: 2,
    conditions: [condition('True', 'ConfigurationAccepted', { since: earlier })],
    lastOperation: lastOperation(type, 'Succeeded', done[type]),
  };
}

/** What a failed run stored an hour ago. */
function storedFailure(type: OperationType = 'Reconcile', codes?: readonly string[]): object {
  const lastError = { description: wrong[type], lastUpdateTime: earlier, ...(codes === undefined ? {} : { codes }) };
  return { observedGeneration: 2, lastOperation: lastOperation(type, 'Error', wrong[type]), lastError };
}

suite('the announcement of a run', () => {
  cases(perOperation, (type: OperationType) => {
    assert.deepEqual(processingPatch(input({ operation: type })), {
      lastOperation: { type, state: 'Processing', progress: 1, description: doing[type], lastUpdateTime: time },
    });
    const announced = { lastOperation: lastOperation(type, 'Processing', doing[type]) };
    assert.equal(processingPatch(input({ operation: type, status: announced })), undefined);
  });

  test('leaves an error and the generation to the end of the run', () => {
    const patch = processingPatch(input({ status: { ...storedFailure(), observedGeneration: 1 } }));
    assert.deepEqual(Object.keys(patch ?? {}), ['lastOperation']);
  });

  test('is made when another operation was announced, with the same words', () => {
    const status = { lastOperation: lastOperation('Create', 'Processing', doing.Create) };
    assert.notEqual(processingPatch(input({ operation: 'Reconcile', status })), undefined);
  });
});

suite('waiting', () => {
  const note = 'waiting for routes of 1 node(s): n1';
  const said = { type: 'Reconcile', state: 'Processing', progress: 50, description: note, lastUpdateTime: time };

  cases<{ readonly status: unknown; readonly patch: object | undefined }>(
    {
      'says what for': { status: undefined, patch: { lastOperation: said } },
      once: { status: { lastOperation: { ...said, lastUpdateTime: earlier } }, patch: undefined },
      'again when it is something else': {
        status: { lastOperation: { ...said, description: 'something else' } },
        patch: { lastOperation: said },
      },
      'after the announcement of the run': {
        status: { lastOperation: lastOperation('Reconcile', 'Processing', doing.Reconcile) },
        patch: { lastOperation: said },
      },
      'ends an earlier error': { status: storedFailure(), patch: { lastOperation: said, lastError: null } },
      'ends an error that came in between': {
        status: { lastOperation: said, lastError: { description: 'x' } },
        patch: { lastError: null },
      },
    },
    ({ status, patch }) => {
      const conditions = [condition('True', 'ConfigurationAccepted', { since: earlier })];
      const given = input({ status: { ...(status as object | undefined), conditions } });
      assert.deepEqual(waitingPatch(given, { note, diagnostics: [] }), patch);
    },
  );
});

function withoutFindings(status: StatusPlan): AppliedPlan {
  return { status, findings: [] };
}

suite('success', () => {
  cases(perOperation, (type: OperationType) => {
    assert.deepEqual(succeededPatch(input({ operation: type }), withoutFindings(plan)), {
      ...plan,
      observedGeneration: 2,
      conditions: [accepted],
      lastOperation: { type, state: 'Succeeded', progress: 100, description: done[type], lastUpdateTime: time },
    });
  });

  test('what a plan wants to be remembered goes into status.state, and is no change when it is there', () => {
    const remembering = { ...plan, state: { ipam: 'cluster-pool' } };
    const patch = succeededPatch(input({}), withoutFindings(remembering)) as { readonly state?: unknown } | undefined;
    assert.deepEqual(patch?.state, { ipam: 'cluster-pool' });
    const status = { ...stored(), ...remembering };
    assert.equal(succeededPatch(input({ status }), withoutFindings(remembering)), undefined);
    assert.deepEqual(
      succeededPatch(input({ status: { ...status, state: { ipam: 'x' } } }), withoutFindings(remembering)),
      {
        state: { ipam: 'cluster-pool' },
        lastOperation: fresh,
      },
    );
  });

  test('what others remember in status.state stays', () => {
    const remembering = { ...plan, state: { ipam: 'cluster-pool' } };
    const theirs = { theirs: { a: [1] } };
    const status = { ...stored(), ...remembering, state: { ...theirs, ipam: 'x' } };
    assert.deepEqual(succeededPatch(input({ status }), withoutFindings(remembering)), {
      state: { ipam: 'cluster-pool' },
      lastOperation: fresh,
    });
    const right = { ...status, state: { ...theirs, ipam: 'cluster-pool' } };
    assert.equal(succeededPatch(input({ status: right }), withoutFindings(remembering)), undefined);
  });

  const fresh = { lastUpdateTime: time };
  cases<Given & { readonly patch: object | undefined; readonly noPlan?: true }>(
    {
      'after the announcement': {
        status: { ...stored(), lastOperation: lastOperation('Reconcile', 'Processing', doing.Reconcile) },
        patch: { lastOperation: { state: 'Succeeded', progress: 100, description: done.Reconcile, ...fresh } },
      },
      'without a plan it leaves the rest of the status': {
        operation: 'Migrate',
        status: stored(),
        noPlan: true,
        annotation: 'migrate',
        timestamp: time,
        patch: { lastOperation: { type: 'Migrate', description: done.Migrate, ...fresh } },
      },
      'ends an error, with all its members': {
        status: storedFailure('Reconcile', ['ERR_CONFIGURATION_PROBLEM']),
        patch: {
          ...plan,
          conditions: [accepted],
          lastError: null,
          lastOperation: { state: 'Succeeded', progress: 100, description: done.Reconcile, ...fresh },
        },
      },
      'removes what it does not say any more': {
        status: {
          ...stored(),
          providerStatus: { kind: 'NetworkStatus', applied: { ipam: 'host-local', old: 1 }, more: {} },
        },
        patch: { providerStatus: { applied: { old: null }, more: null }, lastOperation: fresh },
      },
      'replaces families as a whole': {
        status: { ...stored(), ipFamilies: ['IPv4'] },
        patch: { ipFamilies: ['IPv4', 'IPv6'], lastOperation: fresh },
      },
      'observes a new generation': {
        status: stored(),
        generation: 3,
        patch: { observedGeneration: 3, lastOperation: fresh },
      },
      'replaces garbage': {
        status: { ...stored(), lastOperation: 'x', providerStatus: ['x'] },
        patch: {
          providerStatus: plan.providerStatus,
          lastOperation: {
            type: 'Reconcile',
            state: 'Succeeded',
            progress: 100,
            description: done.Reconcile,
            ...fresh,
          },
        },
      },
      'nobody asked and nothing changed': { status: stored(), patch: undefined },
      'nobody asked and it was called creation before': { status: stored('Create'), patch: undefined },
      'nobody asked and it was called restoration before': { status: stored('Restore'), patch: undefined },
      'nobody asked, by a timestamp that was answered': { status: stored(), timestamp: earlier, patch: undefined },
      'nobody asked, by a timestamp of the same second': {
        status: stored(),
        timestamp: '2026-01-10T11:00:00.9Z',
        patch: undefined,
      },
      'nobody asked, by an unreadable timestamp': { status: stored(), timestamp: 'now', patch: undefined },
      'nobody asked us, but others': { status: stored(), annotation: 'keepalive', patch: undefined },
      'asked by the annotation': {
        status: stored('Create'),
        annotation: 'reconcile',
        patch: { lastOperation: { type: 'Reconcile', ...fresh } },
      },
      'asked to restore': {
        operation: 'Restore',
        status: stored(),
        annotation: 'restore',
        patch: { lastOperation: { type: 'Restore', description: done.Restore, ...fresh } },
      },
      'asked by a newer timestamp': {
        status: stored(),
        timestamp: '2026-01-10T11:00:01Z',
        patch: { lastOperation: fresh },
      },
      'asked by a clock that is ahead of ours': {
        status: stored(),
        timestamp: '2026-01-10T12:00:30.999Z',
        patch: { lastOperation: { lastUpdateTime: '2026-01-10T12:00:30Z' } },
      },
      'asked when the last answer has no time': {
        status: {
          ...stored(),
          lastOperation: { ...lastOperation('Reconcile', 'Succeeded', done.Reconcile), lastUpdateTime: 1 },
        },
        timestamp: earlier,
        patch: { lastOperation: fresh },
      },
      'a migration that was told already': {
        operation: 'Migrate',
        status: stored('Migrate'),
        noPlan: true,
        annotation: 'migrate',
        timestamp: earlier,
        patch: undefined,
      },
    },
    ({ patch, noPlan, ...given }) =>
      assert.deepEqual(succeededPatch(input(given), noPlan ? undefined : withoutFindings(plan)), patch),
  );
});

suite('the condition about the configuration', () => {
  const warning: Diagnostic = {
    code: 'calico-x',
    severity: 'warning',
    object: 'Network a/b',
    path: 'spec.providerConfig.x',
    message: 'Forbidden: y',
    remedy: 'z',
  };
  const error: Diagnostic = { ...warning, severity: 'error', path: 'spec.providerConfig.w', message: 'bad' };
  const text = {
    warning: 'spec.providerConfig.x: Forbidden: y [calico-x]',
    error: 'spec.providerConfig.w: bad [calico-x]',
  };
  const warned = condition('True', 'ConfigurationWarnings', { message: text.warning, since: earlier });
  const withWarning: AppliedPlan = { status: plan, findings: [warning] };

  test('is the only change when findings appear or disappear without a request', () => {
    const appeared = succeededPatch(input({ status: stored() }), withWarning);
    assert.deepEqual(appeared, { conditions: [{ ...warned, lastUpdateTime: time }] });
    assert.equal(succeededPatch(input({ status: { ...stored(), ...appeared } }), withWarning), undefined);
    const disappeared = succeededPatch(input({ status: { ...stored(), ...appeared } }), withoutFindings(plan));
    assert.deepEqual(disappeared, { conditions: [{ ...accepted, lastTransitionTime: earlier }] });
  });

  test('is added to a Network of the Go extension with the first status, and alone without a request', () => {
    const { conditions: _, ...status } = { conditions: undefined, ...stored() };
    const patch = succeededPatch(input({ status, annotation: 'reconcile' }), withoutFindings(plan));
    assert.deepEqual(patch, { conditions: [accepted], lastOperation: { lastUpdateTime: time } });
    assert.deepEqual(succeededPatch(input({ status }), withoutFindings(plan)), { conditions: [accepted] });
  });

  test('is False for a refused configuration, without another write of the same error', () => {
    const status = { ...storedFailure('Reconcile', ['ERR_CONFIGURATION_PROBLEM']), conditions: [warned] };
    const failure: Failure = { message: 'x', refused: true, findings: [warning, error] };
    const message = `${text.error}\n${text.warning}`;
    const patch = failedPatch(input({ status }), failure);
    assert.deepEqual(patch, { conditions: [condition('False', 'ConfigurationRefused', { message })] });
    assert.equal(failedPatch(input({ status: { ...status, ...patch } }), failure), undefined);
    const repaired = succeededPatch(input({ status: { ...status, ...patch } }), withWarning);
    assert.deepEqual(repaired?.['conditions'], [{ ...warned, lastTransitionTime: time, lastUpdateTime: time }]);
  });

  test('remains when a run fails without an evaluation of the same generation', () => {
    const patch = failedPatch(input({ status: stored() }), { message: 'x' });
    assert.ok(patch !== undefined && !('conditions' in patch));
  });

  test('is Unknown when a run fails before it evaluated a new generation, and remains so', () => {
    const status = stored();
    const patch = failedPatch(input({ status, generation: 3 }), { message: 'x' });
    assert.deepEqual(patch?.['conditions'], [notEvaluated]);
    const after = { ...status, ...patch };
    assert.equal(failedPatch(input({ status: after, generation: 3 }), { message: 'x' }), undefined);
  });

  test('is that of the new generation when a run fails after the evaluation', () => {
    const patch = failedPatch(input({ status: stored(), generation: 3 }), { message: 'x', findings: [warning] });
    assert.deepEqual(patch?.['conditions'], [{ ...warned, lastUpdateTime: time }]);
  });

  for (const operation of ['Delete', 'Migrate'] as const)
    test(`remains whatever comes of the operation ${operation}, which does not evaluate the configuration`, () => {
      const given = input({ operation, status: { ...stored(), conditions: [warned] }, generation: 3 });
      for (const patch of [failedPatch(given, { message: 'x' }), succeededPatch(given)])
        assert.ok(patch !== undefined && !('conditions' in patch));
    });

  test('shows only warnings while the run waits, because the errors are not about the configuration', () => {
    const waits: Diagnostic = { ...error, message: 'not yet' };
    const wait = { note: 'not yet', diagnostics: [waits, warning] };
    const status = { lastOperation: lastOperation('Reconcile', 'Processing', 'not yet') };
    const conditions = [warned];
    assert.equal(waitingPatch(input({ status: { ...status, conditions } }), wait), undefined);
    const without = waitingPatch(input({ status: { ...status, conditions } }), { ...wait, diagnostics: [waits] });
    assert.deepEqual(without, { conditions: [{ ...accepted, lastTransitionTime: earlier }] });
    const first = waitingPatch(input({ status }), wait);
    assert.deepEqual(first, { conditions: [{ ...warned, lastTransitionTime: time, lastUpdateTime: time }] });
  });

  test('leaves the conditions of others', () => {
    const theirs = { type: 'Theirs', status: 'True' };
    const patch = succeededPatch(input({ status: { ...stored(), conditions: [theirs] } }), withWarning);
    const both = [theirs, { ...warned, lastTransitionTime: time, lastUpdateTime: time }];
    assert.deepEqual(patch, { conditions: both });
  });
});

suite('failure', () => {
  const transient: Failure = { message: 'x' };
  const problem: Failure = { message: 'x', refused: true };
  const codes = ['ERR_CONFIGURATION_PROBLEM'];

  cases(perOperation, (type: OperationType) => {
    for (const failure of [transient, problem]) {
      const lastError = { description: wrong[type], codes: failure.refused ? codes : null, lastUpdateTime: time };
      assert.deepEqual(failedPatch(input({ operation: type }), failure), {
        ...(type === 'Delete' || type === 'Migrate' ? {} : { conditions: [notEvaluated] }),
        observedGeneration: 2,
        lastOperation: { type, state: 'Error', progress: 50, description: wrong[type], lastUpdateTime: time },
        lastError,
      });
    }
  });

  const fresh = { lastOperation: { lastUpdateTime: time }, lastError: { lastUpdateTime: time } };
  cases<Given & { readonly failure: Failure; readonly patch: object | undefined }>(
    {
      'the same again': { status: storedFailure(), failure: transient, patch: undefined },
      'the same bad configuration again': {
        status: storedFailure('Reconcile', codes),
        failure: problem,
        patch: undefined,
      },
      'the same, asked by annotation': {
        status: storedFailure(),
        failure: transient,
        annotation: 'reconcile',
        patch: fresh,
      },
      'the same, asked by a newer timestamp': {
        status: storedFailure(),
        failure: transient,
        timestamp: '2026-01-10T11:30:00Z',
        patch: fresh,
      },
      'the same restoration, whose annotation stays': {
        operation: 'Restore',
        status: storedFailure('Restore'),
        failure: transient,
        annotation: 'restore',
        timestamp: earlier,
        patch: undefined,
      },
      'the same migration, whose annotation stays': {
        operation: 'Migrate',
        status: storedFailure('Migrate'),
        failure: transient,
        annotation: 'migrate',
        timestamp: earlier,
        patch: undefined,
      },
      'the same deletion, with an annotation from before': {
        operation: 'Delete',
        status: storedFailure('Delete'),
        failure: transient,
        annotation: 'reconcile',
        timestamp: earlier,
        patch: undefined,
      },
      'a code that does not hold any more': {
        status: storedFailure('Reconcile', codes),
        failure: transient,
        patch: { lastOperation: { lastUpdateTime: time }, lastError: { codes: null, lastUpdateTime: time } },
      },
      'members that others gave the error': {
        status: {
          ...storedFailure(),
          lastError: { description: wrong.Reconcile, lastUpdateTime: earlier, taskID: 't' },
        },
        failure: transient,
        patch: { lastOperation: { lastUpdateTime: time }, lastError: { taskID: null, lastUpdateTime: time } },
      },
      'another generation': {
        status: storedFailure(),
        generation: 3,
        failure: transient,
        patch: { observedGeneration: 3, conditions: [notEvaluated], ...fresh },
      },
      'the last good state stays': {
        status: stored(),
        failure: problem,
        patch: {
          lastOperation: { state: 'Error', progress: 50, description: wrong.Reconcile, lastUpdateTime: time },
          lastError: { description: wrong.Reconcile, codes, lastUpdateTime: time },
        },
      },
    },
    ({ failure, patch, ...given }) => assert.deepEqual(failedPatch(input(given), failure), patch),
  );
});

test('property: the time is a whole second, not before the request, and one that the API server takes', () => {
  const times = fc.date({ min: new Date(0), max: new Date(Date.UTC(9999, 11, 31)), noInvalidDate: true });
  fc.assert(
    fc.property(times, times, (asked, clock) => {
      const given = { ...input({ timestamp: asked.toISOString() }), now: clock.getTime() };
      const patch = succeededPatch(given, withoutFindings(plan)) as {
        readonly lastOperation: { readonly lastUpdateTime: string };
      };
      const { lastUpdateTime } = patch.lastOperation;
      assert.match(lastUpdateTime, /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/);
      const latest = Math.max(asked.getTime(), clock.getTime());
      assert.equal(Date.parse(lastUpdateTime), Math.floor(latest / 1000) * 1000);
    }),
  );
});
