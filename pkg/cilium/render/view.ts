import { agentConfig } from './agent-config.ts';
import { certgenConfig } from './certgen.ts';
import { envoyBootstrap } from './envoy.ts';
import { labelPrefixes } from './label-prefixes.ts';
import type { CiliumValues } from './values.ts';

/** The view of all templates: complete, flat, and with evaluated conditions. Members of a false condition are empty strings. */
export type CiliumView = Readonly<Record<string, string | boolean | object>>;

export interface ViewInput {
  readonly values: CiliumValues;
  readonly image: (name: string) => string;
}

/** Converts values to the view of the templates (docs/design/cilium.md#cilium-config). */
export function ciliumView({ values, image }: ViewInput): CiliumView {
  const { options } = values;
  const server = values.apiServer?.found === true ? values.apiServer.server : undefined;
  return {
    ...imageView(image),
    ...fixedTexts,
    agentConfig: agentConfig(values),
    envoyBootstrap: envoyBootstrap(values),
    loopback: values.ipv4 ? '127.0.0.1' : '::1',
    kubeProxyReplacement: values.kubeProxyReplacement,
    l2Announcements: options.l2Announcements.enabled,
    snatToUpstreamDNS: options.snatToUpstreamDNS.enabled,
    snatOutOfCluster: options.snatOutOfCluster.enabled,
    snatPodCIDR: values.snatPodCIDR,
    hasSnatNodeCIDR: values.snatNodeCIDR !== undefined,
    snatNodeCIDR: values.snatNodeCIDR ?? '',
    operatorHA: values.operatorHA,
    hasApiServerHost: server !== undefined,
    apiServerHost: server?.host ?? '',
    hasApiServerPort: server?.port !== undefined,
    apiServerPort: String(server?.port ?? ''),
  };
}

const fixedTexts: CiliumView = {
  labelPrefixes: labelPrefixes(),
  certgenConfig: certgenConfig(),
};

function imageView(image: ViewInput['image']): CiliumView {
  return {
    imageAgent: image('cilium-agent'),
    imageEnvoy: image('cilium-envoy'),
    imageOperator: image('cilium-operator'),
    imageRelay: image('hubble-relay'),
    imageUi: image('hubble-ui'),
    imageUiBackend: image('hubble-ui-backend'),
    imageCertgen: image('certgen'),
  };
}
