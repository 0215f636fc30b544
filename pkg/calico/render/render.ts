import type { ShootNetwork } from '../../network/decode-network.ts';
import { type SeedInput, selectTemplates } from '../../network/inventory.ts';
import type { NetworkPlan, PlanContext, PlanTools } from '../../network/plugin.ts';
import { pathsForStatus } from '../../network/reachability.ts';
import { renderObjects } from '../../network/render-objects.ts';
import { absentNames } from '../../network/seed-objects.ts';
import { configApiVersion, type NetworkConfig } from '../api/config.ts';
import type { CalicoAssessment } from '../assess.ts';
import { calicoMonitoring, calicoMonitoringNames } from '../monitoring/monitoring.ts';
import { switchState } from '../shoot/overlay-switch.ts';
import { restartStamps } from '../shoot/restarts.ts';
import { checksums, components } from './inventory.ts';
import { podPaths } from './reachability.ts';
import type { CalicoValues } from './values.ts';
import { calicoView } from './view.ts';

/** Name of the ManagedResource, the same as in the Go extension (docs/design/gardener.md#managedresource). */
export const managedResource = 'extension-networking-calico-config';

export interface RenderPlanInput {
  readonly decoded: ShootNetwork<NetworkConfig>;
  /** Without errors. */
  readonly assessment: CalicoAssessment;
  readonly context: PlanContext;
}

/** Renders a plan. The CRDs are the same for every shoot and have separate parts, which are compressed once per process. */
export function renderPlan({ decoded, assessment, context }: RenderPlanInput, tools: PlanTools): NetworkPlan {
  const { charts } = tools;
  const { values, shoot, effectiveFamilies } = assessment;
  const { options } = values;
  const { namespace } = decoded.network.metadata;
  const addresses = context.apiServerAddresses;
  const available: ReadonlySet<SeedInput> = new Set(addresses?.available === true ? ['apiServerAddresses'] : []);
  const image = (name: string): string => tools.image(name, shoot.kubernetesVersion);
  const view = calicoView({
    values,
    image,
    apiServerAddresses: addresses?.available === true ? addresses.value : [],
    restarts: restartStamps(decoded.network),
  });
  const templates = selectTemplates(components, { values, shoot, available });
  const objects = renderObjects({ folder: 'calico', view, checksums, templates }, tools);
  const seedObjects = calicoMonitoring({
    namespace,
    typha: options.typha.enabled,
    birdExporter: options.birdExporter.enabled,
  });
  const state = switchState({ decoded, overlay: values.felixIpip || values.vxlan });
  return {
    managedResource: {
      name: managedResource,
      origin: 'extension-networking-calico',
      parts: [
        { key: 'config.yaml', objects },
        { key: 'crds.yaml', objects: charts.crds('calico/crds'), constant: true },
        {
          key: 'crds-multus.yaml',
          objects: options.multus.enabled ? charts.crds('calico/multus/crds') : [],
          constant: true,
        },
      ],
    },
    seedObjects,
    obsoleteSeedObjects: absentNames(calicoMonitoringNames, seedObjects),
    status: {
      ipFamilies: (['IPv4', 'IPv6'] as const).filter((family) => effectiveFamilies.includes(family)),
      providerStatus: providerStatus(values),
      ...(state === undefined ? {} : { state }),
    },
  };
}

/** Returns a summary of the applied configuration for users and tools (verdict O21); apiVersion and kind are those of the Go extension. */
function providerStatus({ options, ...values }: CalicoValues): Readonly<Record<string, unknown>> {
  return {
    apiVersion: configApiVersion,
    kind: 'NetworkStatus',
    applied: {
      backend: values.backend,
      overlay: values.overlay,
      dataplane: options.ebpfDataplane.enabled ? 'ebpf' : values.nftables ? 'nftables' : 'iptables',
      ipam: values.ipam.type,
      autoScaling: values.sizing.mode,
      podPaths: pathsForStatus(podPaths(values)),
    },
  };
}
