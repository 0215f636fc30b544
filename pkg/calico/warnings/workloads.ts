/** Warnings about what runs on the nodes beside Felix, and about its size. */
import type { Diagnostic } from '../../network/diagnostics.ts';
import { type Check, type CheckInput, needs, type Warn } from './check.ts';

export const workloadWarnings: readonly Check[] = [
  { needs: ['birdExporter', 'ebpfDataplane', ...needs.backend], find: exporter },
  { needs: ['autoScaling'], find: autoscaling },
  { needs: ['autoScaling', 'typha'], find: typhaResources },
  { needs: ['multus'], find: multusPlugins },
];

function exporter({ given, values }: CheckInput, warn: Warn): readonly Diagnostic[] {
  if (given.birdExporter?.enabled !== true) return [];
  if (values.backend !== 'bird')
    return [
      warn(
        'calico-bird-exporter-without-bird',
        'birdExporter.enabled',
        `there is no bird with backend "${values.backend}"`,
      ),
    ];
  if (values.nonPrivileged)
    return [
      warn(
        'calico-bird-exporter-unprivileged',
        'birdExporter.enabled',
        'is left out: feature gate NonPrivilegedCalicoNode is on',
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

/** In mode cluster-proportional no resources have an effect, which autoscaling says. */
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
