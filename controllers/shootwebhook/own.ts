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
  /** Of the webhook configuration. */
  readonly name: string;
  readonly address: OwnClusterAddress;
  /** With this namespace it goes. */
  readonly ownerNamespace: string;
}

export interface OwnPublisherInput extends Pick<PublishContext, 'plan' | 'type' | 'clock' | 'random' | 'log'> {
  readonly ownCluster: OwnCluster;
  readonly url: string;
  /** Writes only while this process leads. */
  readonly client: KubeClient;
  /** Of the Networks that are served. */
  readonly classes: readonly string[];
}

/**
 * Keeps the webhook configuration of a self-hosted shoot there while such a Network lives in its kube-system, and away otherwise: the same
 * process may serve a shoot with another CNI, whose NodeLocalDNS it must neither change nor hold up. The Network decides, not the
 * label of its CNI on the namespace (docs/design/gardener.md#self-hosted-shoots): who sets that label, and when in the bootstrap, is not ours to know, and a label that is
 * late would let NodeLocalDNS pass unchanged, which is a broken DNS on each node. The Network is ready only after the configuration is there,
 * and NodeLocalDNS comes after both. Before the agents run its ConfigMap and DaemonSet may be refused for a while, and nothing else.
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
