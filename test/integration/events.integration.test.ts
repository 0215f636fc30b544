/** Events and conditions with a real API server. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { configurationConditionType, networkConditions } from '../../controllers/network/configuration-condition.ts';
import { findingEvents } from '../../controllers/network/events.ts';
import { resources } from '../../controllers/resources.ts';
import { systemClock } from '../../pkg/clock/clock.ts';
import { createEventRecorder, type EventOutcome } from '../../pkg/kubernetes/events/events.ts';
import type { Diagnostic } from '../../pkg/network/diagnostics.ts';
import { skipWithoutRealControlPlane } from '../controlplane/index.ts';
import { createMemoryLogger } from '../doubles/fakeclock.ts';
import { findTool } from '../support/helm.ts';
import { type Landscape, readStatus, startLandscape } from './landscape.ts';

const log = (line: string): void => console.error(line);
const skip = await skipWithoutRealControlPlane({ suite: 'Events and conditions', log });
const run = promisify(execFile);
const events = { group: '', version: 'v1', plural: 'events', namespaced: true };
let landscape: Landscape;

before(async () => {
  if (skip === false) landscape = await startLandscape(log);
});

after(() => landscape?.stop());

const finding: Diagnostic = {
  code: 'calico-overlay-overrules',
  severity: 'warning',
  object: 'Network shoot--test--events/events',
  path: 'spec.providerConfig.backend',
  message: `"bird" has no effect, 🦄${'x'.repeat(2000)}`,
  remedy: 'r',
};

function recorder(outcomes: EventOutcome[]) {
  return createEventRecorder({
    client: landscape.client,
    component: 'networking-extension',
    instance: 'pod',
    clock: systemClock(),
    logger: createMemoryLogger(),
    onOutcome: (outcome) => outcomes.push(outcome),
  });
}

test('stores an Event once per generation, also across processes', { skip }, async () => {
  await landscape.shoot('events');
  const network = await landscape.network('events');
  const outcomes: EventOutcome[] = [];
  for (const process of [recorder(outcomes), recorder(outcomes)]) {
    for (const event of findingEvents(network, [finding])) process.record(event);
    await process.idle();
  }
  assert.deepEqual(outcomes, ['written', 'repeated']);
  const { items } = await landscape.client.list({
    resource: events,
    namespace: 'shoot--test--events',
    fieldSelector: `involvedObject.uid=${network.metadata.uid},reason=CalicoOverlayOverrules,type=Warning`,
  });
  assert.equal(items.length, 1);
  // The finding is cut so that its code still fits into the 1024 bytes of an Event.
  const message = String(items[0]?.['message']);
  assert.ok(Buffer.byteLength(message) <= 1024);
  assert.match(message, /x… \(\d+ characters\) \[calico-overlay-overrules\]$/);
});

test('the API server stores the condition unchanged, and equal findings change nothing', { skip }, async () => {
  await landscape.shoot('conditions');
  const target = { resource: resources.networks, namespace: 'shoot--test--conditions', name: 'conditions' };
  const write = async (findings: readonly Diagnostic[], now: number): Promise<unknown> => {
    const conditions = networkConditions({ stored: await statusConditions(), findings, now });
    await landscape.client.mergePatch({ ...target, subresource: 'status', patch: { status: { conditions } } });
    assert.deepEqual(await statusConditions(), conditions);
    return conditions;
  };
  const statusConditions = async (): Promise<unknown> => {
    const { status } = await landscape.network('conditions');
    return (status as { readonly conditions?: unknown } | undefined)?.conditions;
  };
  const now = Date.UTC(2026, 0, 1);
  const first = await write([finding], now);
  assert.deepEqual(await write([finding], now + 60_000), first);
  assert.notDeepEqual(await write([], now + 120_000), first);
});

const kubectl = findTool('kubectl', { env: process.env, first: 'pinned' });
const skipKubectl = kubectl.file === undefined ? kubectl.reason : skip;

test('kubectl wait sees the condition of the current configuration', { skip: skipKubectl }, async () => {
  const kubeconfig = landscape.kubeconfig({});
  const waitFor = async (condition: string): Promise<string> => {
    const target = ['--namespace=shoot--test--waited', 'wait', 'network/waited', `--for=condition=${condition}`];
    const { stdout } = await run(kubectl.file ?? '', [`--kubeconfig=${kubeconfig}`, ...target, '--timeout=60s']);
    return stdout;
  };
  const configure = async (config: object): Promise<void> => {
    await landscape.patch('waited', { spec: { providerConfig: config } });
    await landscape.requestReconcile('waited');
  };
  await landscape.shoot('waited');
  const extension = landscape.run('--leader-election=false');
  assert.match(await waitFor(configurationConditionType), /condition met/);
  await configure({ backend: 'no such backend' });
  assert.match(await waitFor(`${configurationConditionType}=False`), /condition met/);
  // With overlay.enabled: false, this causes only a warning.
  await configure({ backend: 'bird' });
  assert.match(await waitFor(configurationConditionType), /condition met/);
  const { conditions } = readStatus(await landscape.network('waited')) as { readonly conditions: readonly object[] };
  assert.deepEqual(
    conditions.map((one) => ({ ...one, message: '', lastTransitionTime: '', lastUpdateTime: '' })),
    [
      {
        type: configurationConditionType,
        status: 'True',
        reason: 'ConfigurationWarnings',
        message: '',
        lastTransitionTime: '',
        lastUpdateTime: '',
      },
    ],
  );
  await extension.terminate();
});
