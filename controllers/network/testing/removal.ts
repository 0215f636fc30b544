import { managedResource, managedResourceName, type Step, secretName, succeeded } from './scenario.ts';

/** What goes, in this order, when everything of a shoot without extras goes. */
export const removal = [
  'delete ConfigMap calico-dashboards',
  'delete ScrapeConfig shoot-calico-felix',
  'delete ScrapeConfig shoot-calico-typha',
  `delete Secret managedresource-${managedResourceName} -> NotFound`,
  `delete Secret ${secretName}`,
  `delete ManagedResource ${managedResourceName}`,
] as const;

/** The resource manager says what it is stuck with. */
const pending: Step = {
  do: 'patch',
  what: managedResource,
  subresource: 'status',
  patch: {
    status: {
      conditions: [
        {
          type: 'ResourcesApplied',
          status: 'False',
          reason: 'DeletionPending',
          message: 'Deletion of DaemonSet kube-system/calico-node is pending',
          lastTransitionTime: '2026-01-10T10:00:00Z',
          lastUpdateTime: '2026-01-10T10:00:00Z',
        },
      ],
    },
  },
};
/** After two runs the resource manager has been busy for the two minutes that a deletion may take. */
export const untilOverdue: readonly (readonly Step[])[] = [
  [{ do: 'pass', seconds: 110 }],
  [pending, { do: 'pass', seconds: 20 }],
];

/** The state when it takes longer. */
export function stuck(type: string, doing: string): object {
  const description =
    `Error ${doing} Network: ManagedResource ${managedResourceName} still exists: ` +
    'Deletion of DaemonSet kube-system/calico-node is pending';
  return {
    ...succeeded(type, ''),
    lastOperation: { type, state: 'Error', progress: 50, description, lastUpdateTime: '<time>' },
    lastError: { description, lastUpdateTime: '<time>' },
  };
}
