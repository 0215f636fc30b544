/** The dashboards of Calico, for the ConfigMap in the control plane namespace of a shoot (docs/design/calico.md#monitoring). */
import { dashboardJson } from '../../network/dashboards.ts';
import { birdDashboard } from './dashboards-bird.ts';
import { felixDashboard } from './dashboards-felix.ts';
import { typhaDashboard } from './dashboards-typha.ts';

/**
 * Returns the JSON of each dashboard on one line by its key in the ConfigMap; always the same object. File names, uids and titles are those of the
 * Go extension.
 */
export function calicoDashboards(): Readonly<Record<string, string>> {
  return texts;
}

/** Computed once per process: this takes longer than the rest of a reconcile without changes. */
const texts = Object.freeze({
  'calico-bird-dashboard.json': dashboardJson(birdDashboard),
  'calico-felix-dashboard.json': dashboardJson(felixDashboard),
  'calico-typha-dashboard.json': dashboardJson(typhaDashboard),
});
