import { type KubeObject, recordOf } from '../../gardener/objects.ts';
import type { Lookup } from '../../network/plugin.ts';
import { canonicalJson } from '../../templates/quote.ts';
import type { RenderedObject } from '../../templates/render.ts';

/** The template of the Job. */
export const certgenJob = 'hubble-relay/job-hubble-generate-certs.yaml';

/** The run of the Job: the configuration of certificates, and whether it reuses the CA if there is one. */
export interface CertgenRun {
  readonly config: string;
  readonly reusesCa: boolean;
}

/**
 * Returns the configuration of the certificates (docs/design/cilium.md#workloads): one for the agents and one for the relay. They are valid for
 * one year, a CA for three (the default of certgen), so that a certificate ends before the CA as long as the CA is younger than two years. The
 * CronJob creates a new CA every four months.
 */
export function certgenConfig(): string {
  return configFor('8760h');
}

/**
 * Returns the run of the Job beside the objects of the current ManagedResource. Jobs are immutable: the resource manager deletes and creates one
 * with another pod template, which runs it again.
 * - A Job that would differ only in the treatment of the CA remains unchanged.
 * - A Job of the Go extension with another image runs with a new CA, since the present one may be close to its end: the Go extension reuses it
 *   for ever.
 * - Any other Job reuses the CA, which the CronJob renews (verdict 22).
 */
export function selectCertgenRun(
  render: (run: CertgenRun) => RenderedObject,
  currentObjects: Lookup<readonly KubeObject[]>,
): CertgenRun {
  if (!currentObjects.available) return withCa;
  const { kind, metadata } = render(withCa).object;
  const job = currentObjects.value.find((one) => one.kind === kind && one.metadata.name === metadata.name);
  if (job === undefined) return withCa;
  const template = podTemplate(job);
  const same = [withCa, withNewCa, ofGoExtension].find((run) => podTemplate(render(run).object) === template);
  return (
    same ?? (template.includes(validityOfGoExtension) && !template.includes('--ca-reuse-secret') ? withNewCa : withCa)
  );
}

function podTemplate({ spec }: Readonly<Record<string, unknown>>): string {
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

const validityOfGoExtension = '26280h';

const withCa: CertgenRun = { config: certgenConfig(), reusesCa: true };
const withNewCa: CertgenRun = { config: certgenConfig(), reusesCa: false };
const ofGoExtension: CertgenRun = { config: configFor(validityOfGoExtension), reusesCa: false };

function configFor(validity: string): string {
  return certificates.map((one) => certificateText(one, validity)).reduce((text, one) => text + one, 'certs:\n');
}

function certificateText({ secret, host, usages }: (typeof certificates)[number], validity: string): string {
  const lines = [
    `- name: ${secret}`,
    '  namespace: kube-system',
    `  commonName: "${host}"`,
    '  hosts:',
    `  - "${host}"`,
    '  usage:',
    ...usages.map((usage) => `  - ${usage}`),
    `  validity: ${validity}`,
  ];
  return `${lines.join('\n')}\n`;
}
