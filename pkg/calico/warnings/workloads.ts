/** Warnings about the workloads beside Felix and their resource requests. */
import type { Diagnostic } from '../../network/diagnostics.ts';
import { type Check, type CheckInput, dependencies, type Warn } from './check.ts';

export const workloadWarnings: readonly Check[] = [
  { dependsOn: ['birdExporter', 'ebpfDataplane', ...dependencies.backend], find: exporter },
  { dependsOn: ['autoScaling'], find: autoscaling },
  { dependsOn: ['autoScaling', 'typha'], find: typhaResources },
  { dependsOn: ['multus'], find: multusPlugins },
];

function exporter({ given, values }: CheckInput, warn: Warn): readonly Diagnostic[] {
  if (given.birdExporter?.enabled !== true) return [];
  if (values.backend !== 'bird')
    return [
      warn(
        'calico-bird-exporter-without-bird',
        'birdExporter.enabled',
        `bird does not run with backend "${values.backend}"`,
      ),
    ];
  if (values.nonPrivileged)
    return [
      warn(
        'calico-bird-exporter-unprivileged',
        'birdExporter.enabled',
        'is omitted: feature gate NonPrivilegedCalicoNode is enabled',
      ),
    ];
  return [];
}

function autoscaling({ given, values }: CheckInput, warn: Warn): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  if (given.autoScaling?.mode === 'vpa' && values.sizing.mode !== 'vpa') {
    found.push(
      warn(
        'calico-autoscaling-vpa-off',
        'autoScaling.mode',
        '"vpa" has no effect: the shoot has no vertical pod autoscaler, "cluster-proportional" is used',
      ),
    );
  }
  const resources = { ...given.autoScaling?.resources?.node, ...given.autoScaling?.resources?.typha };
  if (values.sizing.mode === 'cluster-proportional' && Object.keys(resources).length > 0) {
    found.push(
      warn(
        'calico-autoscaling-resources-ignored',
        'autoScaling.resources',
        'has no effect: the cluster-proportional autoscalers set the requests',
      ),
    );
  }
  return found;
}

/** In mode cluster-proportional resources have no effect, which `autoscaling` reports. */
function typhaResources({ given, values }: CheckInput, warn: Warn): readonly Diagnostic[] {
  const resources = given.autoScaling?.resources?.typha ?? {};
  if (values.options.typha.enabled || values.sizing.mode === 'cluster-proportional') return [];
  if (Object.keys(resources).length === 0) return [];
  const message = 'has no effect: typha.enabled is false';
  return [warn('calico-option-without-effect', 'autoScaling.resources.typha', message)];
}

function multusPlugins({ given, values }: CheckInput, warn: Warn): readonly Diagnostic[] {
  if (given.multus?.installCNIPlugins !== true || values.options.multus.enabled) return [];
  const message = 'has no effect: multus.enabled is not true';
  return [warn('calico-option-without-effect', 'multus.installCNIPlugins', message)];
}
