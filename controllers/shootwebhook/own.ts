import { selfHostedNamespace } from '../../pkg/gardener/constants.ts';
import type { KubeClient } from '../../pkg/kubernetes/client/client.ts';
import { resources } from '../resources.ts';
import { remainsInSeed } from '../seed/decide.ts';
import { readFacts } from '../seed/facts.ts';
import { createPublisher, type Publisher } from '../webhookconfigurations/publisher.ts';
import { type OwnClusterAddress, ownConfiguration } from './configuration.ts';
import type { PublishContext } from './publish.ts';

/** The self-hosted shoot that the extension runs in (docs/design/gardener.md#self-hosted-shoots). */
export interface OwnCluster {
  /** Name of the webhook configuration. */
  readonly name: string;
  readonly address: OwnClusterAddress;
  /** Namespace that owns the webhook configuration, which is deleted with it. */
  readonly ownerNamespace: string;
}

export interface OwnPublisherInput extends Pick<PublishContext, 'plan' | 'type' | 'clock' | 'random' | 'log'> {
  readonly ownCluster: OwnCluster;
  readonly url: string;
  /** Writes only while this process leads. */
  readonly client: KubeClient;
  /** Classes of the served Networks. */
  readonly classes: readonly string[];
}

/**
 * Maintains the webhook configuration of a self-hosted shoot: it exists if and only if kube-system contains a Network of the type. The same
 * process may serve a shoot with another CNI, whose NodeLocalDNS it must neither change nor block. The Network decides, not the label of
 * the CNI on the namespace (docs/design/gardener.md#self-hosted-shoots): when that label is set during the bootstrap is not specified, and
 * with a late label NodeLocalDNS would be admitted unchanged, which breaks DNS on each node. The Network becomes ready only after the
 * configuration exists, and NodeLocalDNS is deployed after both. Until the agents run, only the ConfigMap and DaemonSet of NodeLocalDNS may
 * be rejected.
 */
export function createOwnPublisher(input: OwnPublisherInput): Publisher {
  const { ownCluster, url, client, plan, clock, random, log } = input;
  const { name, address, ownerNamespace } = ownCluster;
  return createPublisher({
    client,
    ownerNamespace,
    configurations: ({ caBundle, owner }) => [
      ownConfiguration({ name, plan: plan({ caBundle, url }), address, caBundle, owner }),
    ],
    condition: {
      isMet: () => hasNetwork(input),
      removedUnlessMet: [{ kind: 'MutatingWebhookConfiguration', metadata: { name } }],
    },
    clock,
    random,
    log,
  });
}

async function hasNetwork({ client, type, classes }: OwnPublisherInput): Promise<boolean> {
  const { items } = await client.list({ resource: resources.networks, namespace: selfHostedNamespace });
  return items.map(readFacts).some((one) => one.type === type && classes.includes(one.class) && remainsInSeed(one));
}
