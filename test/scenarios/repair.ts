import type { Cni } from './support/cni.ts';
import type { Fixtures } from './support/fixtures.ts';
import { expectTakeOver, goExtensionState } from './support/go-extension.ts';
import {
  annotate,
  type Named,
  network,
  ourFinalizers,
  type Scenario,
  statusAndMetadata,
  statusWrite,
  unreadableData,
} from './support/scenario.ts';

/** The seed differs from the last run: others changed it, a process was killed, or the Go extension wrote it. */
export function repairScenarios({ cni, ...fixtures }: Fixtures): Readonly<Record<string, Scenario>> {
  const { reconciled, succeeded, allObjects } = fixtures;
  const { managedResource, managedResourceName, secretName, held, released } = fixtures;
  const dashboards = monitoringOf(cni, 'ConfigMap');
  const scrapeConfig = monitoringOf(cni, 'ScrapeConfig');
  const again = { finalizers: ourFinalizers, status: succeeded('Reconcile', 'reconciled') };
  return {
    'changed and deleted objects are repaired': {
      given: [
        ...reconciled(),
        { do: 'patch', target: managedResource, patch: { spec: { keepObjects: true } } },
        {
          do: 'patch',
          target: scrapeConfig,
          patch: { spec: { scheme: 'HTTP' } },
        },
        { do: 'delete', target: dashboards },
        annotate('reconcile'),
      ],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [
          ...statusAndMetadata,
          `update ManagedResource ${managedResourceName}`,
          `create ConfigMap ${dashboards.name}`,
          `update ScrapeConfig ${scrapeConfig.name}`,
          statusWrite,
        ],
        network: again,
        objects: allObjects,
        planned: true,
      },
    },
    'a removed finalizer is added again': {
      given: [
        ...reconciled(),
        { do: 'patch', target: network, patch: { metadata: { finalizers: null } } },
        annotate('reconcile'),
      ],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [...statusAndMetadata, statusWrite],
        network: again,
        objects: allObjects,
        planned: true,
      },
    },
    'a Secret with other content is replaced': {
      given: [
        ...reconciled(),
        { do: 'replaceSecret', of: managedResource, data: unreadableData('config.yaml') },
        annotate('reconcile'),
      ],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [...statusAndMetadata, `delete Secret ${secretName}`, `create Secret ${secretName}`, statusWrite],
        network: again,
        objects: allObjects,
        planned: true,
      },
    },
    'a missing Secret is created again': {
      given: [...reconciled(), { do: 'replaceSecret', of: managedResource }, annotate('reconcile')],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [...statusAndMetadata, `create Secret ${secretName}`, statusWrite],
        network: again,
        objects: allObjects,
        planned: true,
      },
    },
    'a Secret without the label of the garbage collector gets it again': {
      given: [
        ...reconciled(),
        { do: 'replaceSecret', of: managedResource, labels: { 'example.com/mine': 'kept' } },
        annotate('reconcile'),
      ],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [...statusAndMetadata, `patch Secret ${secretName}`, statusWrite],
        network: again,
        objects: allObjects,
        planned: true,
      },
    },
    'a missing ManagedResource is created again beside its Secret': {
      given: [...reconciled(), { do: 'delete', target: managedResource }, annotate('reconcile')],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [
          ...statusAndMetadata,
          `create Secret ${secretName} -> AlreadyExists`,
          `create ManagedResource ${managedResourceName}`,
          statusWrite,
        ],
        network: again,
        objects: allObjects,
        planned: true,
      },
    },
    'a ManagedResource that others delete is created again after its deletion': {
      given: [
        ...reconciled(),
        held,
        { do: 'patch', target: managedResource, patch: { spec: { keepObjects: true } } },
        { do: 'delete', target: managedResource },
        annotate('reconcile'),
      ],
      betweenRuns: [[], [released]],
      expected: {
        reason: 'operation annotation',
        results: ['waiting', 'waiting', 'succeeded'],
        writes: [
          statusWrite,
          ...statusAndMetadata,
          `create Secret ${secretName} -> AlreadyExists`,
          `create ManagedResource ${managedResourceName}`,
          statusWrite,
        ],
        network: again,
        objects: allObjects,
        planned: true,
      },
    },
    'a Network of the Go extension is taken over': {
      given: goExtensionState({ cni, ...fixtures }),
      expected: expectTakeOver({ cni, ...fixtures }, again),
    },
  };
}

/** The first of a kind. */
function monitoringOf({ monitoring }: Cni, kind: 'ConfigMap' | 'ScrapeConfig'): Named {
  const [name] = monitoring.filter((one) => one.startsWith(`${kind} `));
  return { kind, name: name?.slice(kind.length + 1) ?? '' };
}
