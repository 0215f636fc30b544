import type { ShootNetwork } from '../../network/decode-network.ts';
import { selectTemplates } from '../../network/inventory.ts';
import type { NetworkPlan, PlanContext, PlanTools } from '../../network/plugin.ts';
import { pathsForStatus } from '../../network/reachability.ts';
import { renderObjects } from '../../network/render-objects.ts';
import type { NetworkConfig } from '../api/config.ts';
import type { CiliumAssessment } from '../assess.ts';
import { poolMaskSize } from './agent-config.ts';
import { type CertgenRun, certgenJob, selectCertgenRun } from './certgen.ts';
import { checksums, components } from './inventory.ts';
import { renderPostponedPlan } from './postponed.ts';
import { podPaths } from './reachability.ts';
import type { CiliumValues } from './values.ts';
import { ciliumView } from './view.ts';

/** Name of the ManagedResource, the same as in the Go extension (docs/design/gardener.md#managedresource). */
export const managedResource = 'extension-networking-cilium-config';

export interface RenderPlanInput {
  readonly decoded: ShootNetwork<NetworkConfig>;
  readonly assessment: CiliumAssessment;
  readonly context: PlanContext;
}

/** Renders a plan. */
export function renderPlan(input: RenderPlanInput, tools: PlanTools): NetworkPlan {
  const { values, shoot } = input.assessment;
  const postponed = renderPostponedPlan(input, tools);
  const view = createView(input, tools);
  const templates = selectTemplates(components, { values, shoot, available: new Set() });
  const objects = renderObjects({ folder: 'cilium', view, checksums, templates }, tools);
  return {
    ...postponed,
    ...(values.ipam.mode === 'cluster-pool' ? { ipv4NodeMask: poolMaskSize } : {}),
    managedResource: {
      name: managedResource,
      origin: 'extension-networking-cilium',
      parts: [{ key: 'config.yaml', objects }],
    },
    // An assumed IPAM mode must not be stored.
    status: {
      ...postponed.status,
      providerStatus: { ...postponed.status.providerStatus, applied: applied(values) },
      ...(values.ipam.known ? { state: { ipam: values.ipam.mode } } : {}),
    },
  };
}

function createView({ assessment, context }: RenderPlanInput, tools: PlanTools): ReturnType<typeof ciliumView> {
  const { values, shoot } = assessment;
  const view = ciliumView({ values, image: (name) => tools.image(name, shoot.kubernetesVersion) });
  if (!values.options.hubble.enabled) return view;
  const withRun = ({ config, reusesCa }: CertgenRun) => ({
    ...view,
    certgenJobConfig: config,
    certgenReusesCa: reusesCa,
  });
  const render = (run: CertgenRun) => tools.charts.render(`cilium/${certgenJob}`, withRun(run));
  return withRun(selectCertgenRun(render, context.currentObjects));
}

/** Returns a summary of the applied configuration for users and tools. */
function applied(values: CiliumValues): Readonly<Record<string, unknown>> {
  return {
    routing: values.tunnel ?? 'native',
    ...(values.ipam.known ? { ipam: values.ipam.mode } : {}),
    kubeProxyReplacement: values.kubeProxyReplacement,
    encryption: values.encryption.wireguard ? 'wireguard' : 'none',
    hubble: values.options.hubble.enabled,
    // Without the IPAM mode the source of addresses is not known.
    ...(values.ipam.known ? { podPaths: pathsForStatus(podPaths(values)) } : {}),
  };
}
