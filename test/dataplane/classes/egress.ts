import { type DataPathClass, shoot } from './class.ts';
import { addressOf } from './flows.ts';

/** Traffic of selected pods leaves through one node. */
export const egressGateway: DataPathClass = {
  name: 'egress-gateway',
  about: 'VXLAN overlay, egress gateway',
  families: ['ipv4'],
  documents: shoot({ providerConfig: { egressGateway: { enabled: true } } }),
  kernelOptions: ['CONFIG_VXLAN'],
  expectedLines: [
    {
      pattern: /Failed to get identity labels for endpoint.* module=agent\.controlplane\.egressgateway .* not found/,
      reason: 'agents may learn about an endpoint before its identity; the event is repeated',
    },
  ],
  async run(stage) {
    const [first, second] = stage.cluster.nodes;
    if (first === undefined || second === undefined) throw new Error('the class needs two nodes');
    const pool = { 'worker.gardener.cloud/pool': 'egress' };
    await stage.cluster.api.client.mergePatch({
      resource: { group: '', version: 'v1', plural: 'nodes', namespaced: false },
      name: second.name,
      patch: { metadata: { labels: pool } },
    });
    const billing = await stage.pod('billing', 0, { labels: { app: 'billing' } });
    const other = await stage.pod('other', 0, { labels: { app: 'other' } });
    // The policy of docs/usage/egress.md.
    await stage.cluster.api.apply([
      {
        apiVersion: 'cilium.io/v2',
        kind: 'CiliumEgressGatewayPolicy',
        metadata: { name: 'billing' },
        spec: {
          selectors: [{ podSelector: { matchLabels: { app: 'billing' } } }],
          destinationCIDRs: ['203.0.113.0/24'],
          egressGateway: { nodeSelector: { matchLabels: pool } },
        },
      },
    ]);
    const outside = { to: stage.outside };
    await stage.reaches(
      'selected pod to outside, through the gateway node',
      { from: billing, ...outside },
      { by: 'outside', source: addressOf(second, 'ipv4') },
    );
    await stage.reaches(
      'other pod to outside, through its own node',
      { from: other, ...outside },
      { by: 'outside', source: addressOf(first, 'ipv4') },
    );
  },
};
