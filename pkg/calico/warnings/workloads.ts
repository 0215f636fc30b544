/** Warnings about what runs on the nodes beside Felix, and about its size. */
import type { Diagnostic } from '../../network/diagnostics.ts';
import { type Check, type CheckInput, dependencies, type Warn } from './check.ts';

export const workloadWarnings: readonly Check[] = [
  { dependsOn: ['birdExporter', 'ebpfDataplane', ...dependencies.backend], find: exporter },
  { dependsOn: ['autoScaling'], find: autoscaling },
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
