/** Events and conditions with a real API server. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { conditionsOf } from '../../controllers/network/conditions.ts';
import { findingEvents } from '../../controllers/network/events.ts';
import { resources } from '../../controllers/seed/resources.ts';
import { systemClock } from '../../pkg/clock/clock.ts';
import { createEventRecorder, type EventOutcome } from '../../pkg/kubernetes/events/events.ts';
import type { Diagnostic } from '../../pkg/network/diagnostics.ts';
import { skipWithoutRealControlPlane } from '../controlplane/index.ts';
import { createMemoryLogger } from '../doubles/fakeclock.ts';
import { type Landscape, startLandscape } from './landscape.ts';

const log = (line: string): void => console.error(line);
const skip = await skipWithoutRealControlPlane({ suite: 'Events and conditions', log });
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
  assert.equal(Buffer.byteLength(String(items[0]?.['message'])), 1024);
});

test('stores the condition, retains its transition time, and removes it', { skip }, async () => {
  await landscape.shoot('conditions');
  const target = { resource: resources.networks, namespace: 'shoot--test--conditions', name: 'conditions' };
  const write = async (diagnostics: readonly Diagnostic[], now: number): Promise<unknown> => {
    const present = await statusConditions();
    const wanted = conditionsOf({ present, diagnostics, now });
    await landscape.client.mergePatch({
      ...target,
      subresource: 'status',
      patch: { status: { conditions: wanted ?? null } },
    });
    assert.deepEqual(await statusConditions(), wanted);
    return wanted;
  };
  const statusConditions = async (): Promise<unknown> => {
    const { status } = await landscape.network('conditions');
    return (status as { readonly conditions?: unknown } | undefined)?.conditions;
  };
  const now = Date.UTC(2026, 0, 1);
  const first = await write([finding], now);
  assert.deepEqual(await write([finding], now + 60_000), first);
  assert.equal(await write([], now + 120_000), undefined);
});
