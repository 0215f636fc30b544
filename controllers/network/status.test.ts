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

suite('processingPatch announces the operation once', () => {
  cases(perOperation, (type: OperationType) => {
    assert.deepEqual(processingPatch(input({ operation: type })), {
      lastOperation: { type, state: 'Processing', progress: 1, description: doing[type], lastUpdateTime: time },
    });
    const announced = { lastOperation: lastOperation(type, 'Processing', doing[type]) };
    assert.equal(processingPatch(input({ operation: type, status: announced })), undefined);
  });

  test('processingPatch changes neither lastError nor observedGeneration', () => {
    const patch = processingPatch(input({ status: { ...storedFailure(), observedGeneration: 1 } }));
    assert.deepEqual(Object.keys(patch ?? {}), ['lastOperation']);
  });

  test('processingPatch announces another operation with the same description', () => {
    const status = { lastOperation: lastOperation('Create', 'Processing', doing.Create) };
    assert.notEqual(processingPatch(input({ operation: 'Reconcile', status })), undefined);
  });
});

suite('waitingPatch', () => {
  const note = 'waiting for routes to be created on all nodes before disabling overlay: 1 node(s) without a route: n1';
  const waitingOperation = {
    type: 'Reconcile',
    state: 'Processing',
    progress: 50,
    description: note,
    lastUpdateTime: time,
  };

  cases<{ readonly status: unknown; readonly patch: object | undefined }>(
    {
      'writes the cause': { status: undefined, patch: { lastOperation: waitingOperation } },
      'writes an equal cause once': {
        status: { lastOperation: { ...waitingOperation, lastUpdateTime: earlier } },
        patch: undefined,
      },
      'writes another cause': {
        status: { lastOperation: { ...waitingOperation, description: 'something else' } },
        patch: { lastOperation: waitingOperation },
      },
      'replaces the announcement of the run': {
        status: { lastOperation: lastOperation('Reconcile', 'Processing', doing.Reconcile) },
        patch: { lastOperation: waitingOperation },
      },
      'removes the error of an earlier run': {
        status: storedFailure(),
        patch: { lastOperation: waitingOperation, lastError: null },
      },
      'removes an error that was stored since': {
        status: { lastOperation: waitingOperation, lastError: { description: 'x' } },
        patch: { lastError: null },
      },
    },
    ({ status, patch }) => {
      const conditions = [condition('True', 'ConfigurationAccepted', { since: earlier })];
      const given = input({ status: { ...(status as object | undefined), conditions } });
      assert.deepEqual(waitingPatch(given, { note, diagnostics: [], isLong: false }), patch);
    },
  );

  const description = `Error reconciling Network: ${note}`;
  const waits = {
    lastOperation: waitingOperation,
    conditions: [condition('True', 'ConfigurationAccepted', { since: earlier })],
  };
  const long = (status: object): object | undefined =>
    waitingPatch(input({ status: { ...waits, ...status } }), { note, diagnostics: [], isLong: true });

  test('a long wait is an error without a code, written once', () => {
    assert.deepEqual(long({}), { lastError: { description, lastUpdateTime: time } });
    assert.equal(long({ lastError: { description, lastUpdateTime: earlier } }), undefined);
  });

  test('a long wait replaces an earlier error with its codes', () => {
    const lastError = { description: 'x', codes: ['ERR_CONFIGURATION_PROBLEM'], lastUpdateTime: earlier };
    assert.deepEqual(long({ lastError }), { lastError: { description, codes: null, lastUpdateTime: time } });
  });

  test('a long wait of another cause is another error', () => {
    const patch = long({ lastError: { description: 'Error reconciling Network: y', lastUpdateTime: earlier } });
    assert.deepEqual(patch, { lastError: { description, lastUpdateTime: time } });
  });
});

function withoutFindings(status: StatusPlan): AppliedPlan {
  return { status, findings: [] };
}

suite('succeededPatch', () => {
  cases(perOperation, (type: OperationType) => {
    assert.deepEqual(succeededPatch(input({ operation: type }), withoutFindings(plan)), {
      ...plan,
      observedGeneration: 2,
      conditions: [accepted],
      lastOperation: { type, state: 'Succeeded', progress: 100, description: done[type], lastUpdateTime: time },
    });
  });

  test('succeededPatch stores the state of a plan in status.state, and nothing if it is stored', () => {
    const withState = { ...plan, state: { ipam: 'cluster-pool' } };
    const patch = succeededPatch(input({}), withoutFindings(withState)) as { readonly state?: unknown } | undefined;
    assert.deepEqual(patch?.state, { ipam: 'cluster-pool' });
    const status = { ...stored(), ...withState };
    assert.equal(succeededPatch(input({ status }), withoutFindings(withState)), undefined);
    assert.deepEqual(
      succeededPatch(input({ status: { ...status, state: { ipam: 'x' } } }), withoutFindings(withState)),
      {
        state: { ipam: 'cluster-pool' },
        lastOperation: fresh,
      },
    );
  });

  test('succeededPatch leaves members of others in status.state', () => {
    const withState = { ...plan, state: { ipam: 'cluster-pool' } };
    const theirs = { theirs: { a: [1] } };
    const status = { ...stored(), ...withState, state: { ...theirs, ipam: 'x' } };
    assert.deepEqual(succeededPatch(input({ status }), withoutFindings(withState)), {
      state: { ipam: 'cluster-pool' },
      lastOperation: fresh,
    });
    const equal = { ...status, state: { ...theirs, ipam: 'cluster-pool' } };
    assert.equal(succeededPatch(input({ status: equal }), withoutFindings(withState)), undefined);
  });

  const fresh = { lastUpdateTime: time };
  cases<Given & { readonly patch: object | undefined; readonly noPlan?: true }>(
    {
      'replaces the announcement of the run': {
        status: { ...stored(), lastOperation: lastOperation('Reconcile', 'Processing', doing.Reconcile) },
        patch: { lastOperation: { state: 'Succeeded', progress: 100, description: done.Reconcile, ...fresh } },
      },
      'leaves other members without a plan': {
        operation: 'Migrate',
        status: stored(),
        noPlan: true,
        annotation: 'migrate',
        timestamp: time,
        patch: { lastOperation: { type: 'Migrate', description: done.Migrate, ...fresh } },
      },
      'removes an error with all its members': {
        status: storedFailure('Reconcile', ['ERR_CONFIGURATION_PROBLEM']),
        patch: {
          ...plan,
          conditions: [accepted],
          lastError: null,
          lastOperation: { state: 'Succeeded', progress: 100, description: done.Reconcile, ...fresh },
        },
      },
      'removes members that the plan no longer has': {
        status: {
          ...stored(),
          providerStatus: { kind: 'NetworkStatus', applied: { ipam: 'host-local', old: 1 }, more: {} },
        },
        patch: { providerStatus: { applied: { old: null }, more: null }, lastOperation: fresh },
      },
      'replaces the list of families': {
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
      'writes nothing without a change and a request': { status: stored(), patch: undefined },
      'writes nothing when the last operation was a creation': { status: stored('Create'), patch: undefined },
      'writes nothing when the last operation was a restoration': { status: stored('Restore'), patch: undefined },
      'writes nothing for a timestamp that is not newer than the status': {
        status: stored(),
        timestamp: earlier,
        patch: undefined,
      },
      'writes nothing for a timestamp of the same second': {
        status: stored(),
        timestamp: '2026-01-10T11:00:00.9Z',
        patch: undefined,
      },
      'writes nothing for an unreadable timestamp': { status: stored(), timestamp: 'now', patch: undefined },
      'writes nothing for an unknown annotation': { status: stored(), annotation: 'keepalive', patch: undefined },
      'writes the time for the annotation reconcile': {
        status: stored('Create'),
        annotation: 'reconcile',
        patch: { lastOperation: { type: 'Reconcile', ...fresh } },
      },
      'writes the time for the annotation restore': {
        operation: 'Restore',
        status: stored(),
        annotation: 'restore',
        patch: { lastOperation: { type: 'Restore', description: done.Restore, ...fresh } },
      },
      'writes the time for a newer timestamp': {
        status: stored(),
        timestamp: '2026-01-10T11:00:01Z',
        patch: { lastOperation: fresh },
      },
      'writes the time of a timestamp in the future': {
        status: stored(),
        timestamp: '2026-01-10T12:00:30.999Z',
        patch: { lastOperation: { lastUpdateTime: '2026-01-10T12:00:30Z' } },
      },
      'writes the time for a timestamp when the stored status has none': {
        status: {
          ...stored(),
          lastOperation: { ...lastOperation('Reconcile', 'Succeeded', done.Reconcile), lastUpdateTime: 1 },
        },
        timestamp: earlier,
        patch: { lastOperation: fresh },
      },
      'writes nothing for a migration that is reported already': {
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

  test('findings that appear or disappear without a request change only the condition', () => {
    const appeared = succeededPatch(input({ status: stored() }), withWarning);
    assert.deepEqual(appeared, { conditions: [{ ...warned, lastUpdateTime: time }] });
    assert.equal(succeededPatch(input({ status: { ...stored(), ...appeared } }), withWarning), undefined);
    const disappeared = succeededPatch(input({ status: { ...stored(), ...appeared } }), withoutFindings(plan));
    assert.deepEqual(disappeared, { conditions: [{ ...accepted, lastTransitionTime: earlier }] });
  });

  test('a Network of the Go extension gets the condition with its first status, or alone without a request', () => {
    const { conditions: _, ...status } = { conditions: undefined, ...stored() };
    const patch = succeededPatch(input({ status, annotation: 'reconcile' }), withoutFindings(plan));
    assert.deepEqual(patch, { conditions: [accepted], lastOperation: { lastUpdateTime: time } });
    assert.deepEqual(succeededPatch(input({ status }), withoutFindings(plan)), { conditions: [accepted] });
  });

  test('the condition is False for a refused configuration, and an equal error is not written again', () => {
    const status = { ...storedFailure('Reconcile', ['ERR_CONFIGURATION_PROBLEM']), conditions: [warned] };
    const failure: Failure = { message: 'x', refused: true, findings: [warning, error] };
    const message = `${text.error}\n${text.warning}`;
    const patch = failedPatch(input({ status }), failure);
    assert.deepEqual(patch, { conditions: [condition('False', 'ConfigurationRefused', { message })] });
    assert.equal(failedPatch(input({ status: { ...status, ...patch } }), failure), undefined);
    const repaired = succeededPatch(input({ status: { ...status, ...patch } }), withWarning);
    assert.deepEqual(repaired?.['conditions'], [{ ...warned, lastTransitionTime: time, lastUpdateTime: time }]);
  });

  test('the condition remains when a run fails without evaluating the same generation', () => {
    const patch = failedPatch(input({ status: stored() }), { message: 'x' });
    assert.ok(patch !== undefined && !('conditions' in patch));
  });

  test('the condition becomes and remains Unknown when runs fail before they evaluate a new generation', () => {
    const status = stored();
    const patch = failedPatch(input({ status, generation: 3 }), { message: 'x' });
    assert.deepEqual(patch?.['conditions'], [notEvaluated]);
    const after = { ...status, ...patch };
    assert.equal(failedPatch(input({ status: after, generation: 3 }), { message: 'x' }), undefined);
  });

  test('the condition shows the new generation when a run fails after evaluating it', () => {
    const patch = failedPatch(input({ status: stored(), generation: 3 }), { message: 'x', findings: [warning] });
    assert.deepEqual(patch?.['conditions'], [{ ...warned, lastUpdateTime: time }]);
  });

  for (const operation of ['Delete', 'Migrate'] as const)
    test(`the operation ${operation} does not change the condition`, () => {
      const given = input({ operation, status: { ...stored(), conditions: [warned] }, generation: 3 });
      for (const patch of [failedPatch(given, { message: 'x' }), succeededPatch(given)])
        assert.ok(patch !== undefined && !('conditions' in patch));
    });

  test('the condition shows only warnings while the run waits', () => {
    const waits: Diagnostic = { ...error, message: 'not yet' };
    const wait = { note: 'not yet', diagnostics: [waits, warning], isLong: false };
    const status = { lastOperation: lastOperation('Reconcile', 'Processing', 'not yet') };
    const conditions = [warned];
    assert.equal(waitingPatch(input({ status: { ...status, conditions } }), wait), undefined);
    const without = waitingPatch(input({ status: { ...status, conditions } }), { ...wait, diagnostics: [waits] });
    assert.deepEqual(without, { conditions: [{ ...accepted, lastTransitionTime: earlier }] });
    const first = waitingPatch(input({ status }), wait);
    assert.deepEqual(first, { conditions: [{ ...warned, lastTransitionTime: time, lastUpdateTime: time }] });
  });

  test('conditions of others remain', () => {
    const theirs = { type: 'Theirs', status: 'True' };
    const patch = succeededPatch(input({ status: { ...stored(), conditions: [theirs] } }), withWarning);
    const both = [theirs, { ...warned, lastTransitionTime: time, lastUpdateTime: time }];
    assert.deepEqual(patch, { conditions: both });
  });
});

suite('failedPatch', () => {
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
      'writes nothing for an equal failure': { status: storedFailure(), failure: transient, patch: undefined },
      'writes nothing for an equal refusal': {
        status: storedFailure('Reconcile', codes),
        failure: problem,
        patch: undefined,
      },
      'writes the time for the annotation reconcile': {
        status: storedFailure(),
        failure: transient,
        annotation: 'reconcile',
        patch: fresh,
      },
      'writes the time for a newer timestamp': {
        status: storedFailure(),
        failure: transient,
        timestamp: '2026-01-10T11:30:00Z',
        patch: fresh,
      },
      'writes nothing for an equal failure of a restoration, whose annotation remains': {
        operation: 'Restore',
        status: storedFailure('Restore'),
        failure: transient,
        annotation: 'restore',
        timestamp: earlier,
        patch: undefined,
      },
      'writes nothing for an equal failure of a migration, whose annotation remains': {
        operation: 'Migrate',
        status: storedFailure('Migrate'),
        failure: transient,
        annotation: 'migrate',
        timestamp: earlier,
        patch: undefined,
      },
      'writes nothing for an equal failure of a deletion with an earlier annotation': {
        operation: 'Delete',
        status: storedFailure('Delete'),
        failure: transient,
        annotation: 'reconcile',
        timestamp: earlier,
        patch: undefined,
      },
      'removes a code that no longer applies': {
        status: storedFailure('Reconcile', codes),
        failure: transient,
        patch: { lastOperation: { lastUpdateTime: time }, lastError: { codes: null, lastUpdateTime: time } },
      },
      'removes members of others from the error': {
        status: {
          ...storedFailure(),
          lastError: { description: wrong.Reconcile, lastUpdateTime: earlier, taskID: 't' },
        },
        failure: transient,
        patch: { lastOperation: { lastUpdateTime: time }, lastError: { taskID: null, lastUpdateTime: time } },
      },
      'observes a new generation': {
        status: storedFailure(),
        generation: 3,
        failure: transient,
        patch: { observedGeneration: 3, conditions: [notEvaluated], ...fresh },
      },
      'leaves the members of the last successful run': {
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

test('property: lastUpdateTime has whole seconds, is not before the timestamp, and is accepted by the API server', () => {
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
