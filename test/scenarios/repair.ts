import type { Cni } from './support/cni.ts';
import { goExtension, takenOverFromGo } from './support/go-extension.ts';
import {
  annotate,
  garbage,
  type Named,
  network,
  ours,
  type Scenario,
  statusAndMetadata,
  statusWrite,
} from './support/scenario.ts';
import type { Vocabulary } from './support/vocabulary.ts';

/** The seed is not as we left it: by the Go extension, by somebody else, or by a process that was killed. */
export function repairScenarios({ cni, ...words }: Vocabulary): Readonly<Record<string, Scenario>> {
  const { reconciled, succeeded, everything } = words;
  const { managedResource, managedResourceName, secretName, held, released } = words;
  const dashboards = monitoringOf(cni, 'ConfigMap');
  const scrapeConfig = monitoringOf(cni, 'ScrapeConfig');
  const again = { finalizers: ours, status: succeeded('Reconcile', 'reconciled') };
  return {
    'somebody else changed or removed what is ours': {
      given: [
        ...reconciled(),
        { do: 'patch', what: managedResource, patch: { spec: { keepObjects: true } } },
        {
          do: 'patch',
          what: scrapeConfig,
          patch: { spec: { scheme: 'HTTP' } },
        },
        { do: 'delete', what: dashboards },
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
        objects: everything,
        planned: true,
      },
    },
    'somebody took our finalizer away': {
      given: [
        ...reconciled(),
        { do: 'patch', what: network, patch: { metadata: { finalizers: null } } },
        annotate('reconcile'),
      ],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [...statusAndMetadata, statusWrite],
        network: again,
        objects: everything,
        planned: true,
      },
    },
    'the Secret has other content': {
      given: [
        ...reconciled(),
        { do: 'replaceSecret', of: managedResource, data: garbage('config.yaml') },
        annotate('reconcile'),
      ],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [...statusAndMetadata, `delete Secret ${secretName}`, `create Secret ${secretName}`, statusWrite],
        network: again,
        objects: everything,
        planned: true,
      },
    },
    'the Secret is gone': {
      given: [...reconciled(), { do: 'replaceSecret', of: managedResource }, annotate('reconcile')],
      expected: {
        reason: 'operation annotation',
        results: ['succeeded'],
        writes: [...statusAndMetadata, `create Secret ${secretName}`, statusWrite],
        network: again,
        objects: everything,
        planned: true,
      },
    },
    'the Secret lost the label of the garbage collector': {
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
        objects: everything,
        planned: true,
      },
    },
    'the Secret is there and the ManagedResource is not': {
      given: [...reconciled(), { do: 'delete', what: managedResource }, annotate('reconcile')],
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
        objects: everything,
        planned: true,
      },
    },
    'the ManagedResource is being deleted by somebody': {
      given: [
        ...reconciled(),
        held,
        { do: 'patch', what: managedResource, patch: { spec: { keepObjects: true } } },
        { do: 'delete', what: managedResource },
        annotate('reconcile'),
      ],
      meanwhile: [[], [released]],
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
        objects: everything,
        planned: true,
      },
    },
    'taken over from the Go extension': {
      given: goExtension({ cni, ...words }),
      expected: takenOverFromGo({ cni, ...words }, again),
    },
  };
}

/** The first of a kind. */
function monitoringOf({ monitoring }: Cni, kind: 'ConfigMap' | 'ScrapeConfig'): Named {
  const [name] = monitoring.filter((one) => one.startsWith(`${kind} `));
  return { kind, name: name?.slice(kind.length + 1) ?? '' };
}
