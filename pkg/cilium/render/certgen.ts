import { type KubeObject, recordOf } from '../../gardener/objects.ts';
import type { Lookup } from '../../network/plugin.ts';
import { canonicalJson } from '../../templates/quote.ts';
import type { RenderedObject } from '../../templates/render.ts';

/** The template of the Job. */
export const certgenJob = 'hubble-relay/job-hubble-generate-certs.yaml';

/**
 * Returns the configuration of the job `hubble-generate-certs` in the shoot (docs/design/cilium.md#workloads): a certificate for the agents and one
 * for the relay, both valid for three years. The job runs again every four months.
 */
export function certgenConfig(): string {
  return certificates.map(certificateText).reduce((text, one) => text + one, 'certs:\n');
}

/**
 * Returns whether the current ManagedResource contains this Job with the same pod template. Jobs are immutable: the resource manager would delete
 * and recreate it only for an argument that matters to the next run (verdict 22). So the Job of the Go extension, which lacks that argument,
 * remains unchanged until something else changes, such as its image.
 */
export function hasRun(job: RenderedObject, currentObjects: Lookup<readonly KubeObject[]>): boolean {
  if (!currentObjects.available) return false;
  const { kind, metadata, spec } = job.object;
  const found = currentObjects.value.find((one) => one.kind === kind && one.metadata.name === metadata.name);
  return found !== undefined && podTemplate(found['spec']) === podTemplate(spec);
}

function podTemplate(spec: unknown): string {
  return canonicalJson(recordOf(spec)['template'] ?? null);
}

const certificates = [
  {
    secret: 'hubble-server-certs',
    host: '*.default.hubble-grpc.cilium.io',
    usages: ['signing', 'key encipherment', 'server auth', 'client auth'],
  },
  {
    secret: 'hubble-relay-client-certs',
    host: '*.hubble-relay.cilium.io',
    usages: ['signing', 'key encipherment', 'client auth'],
  },
] as const;

function certificateText({ secret, host, usages }: (typeof certificates)[number]): string {
  const lines = [
    `- name: ${secret}`,
    '  namespace: kube-system',
    `  commonName: "${host}"`,
    '  hosts:',
    `  - "${host}"`,
    '  usage:',
    ...usages.map((usage) => `  - ${usage}`),
    '  validity: 26280h',
  ];
  return `${lines.join('\n')}\n`;
}
