/** The dashboards of calico, for the ConfigMap in the shoot's control plane namespace (docs/design/calico.md#monitoring). */
import { dashboardJson } from '../../network/dashboards.ts';
import { birdDashboard } from './dashboards-bird.ts';
import { felixDashboard } from './dashboards-felix.ts';
import { typhaDashboard } from './dashboards-typha.ts';

/**
 * Key of the ConfigMap -> JSON of a dashboard on one line; the same object at each call. File names, uids and titles are those of
 * the Go extension.
 */
export function calicoDashboards(): Readonly<Record<string, string>> {
  return texts;
}

/** Once per process: building takes longer than all else that a reconcile without change does. */
const texts = Object.freeze({
  'calico-bird-dashboard.json': dashboardJson(birdDashboard),
  'calico-felix-dashboard.json': dashboardJson(felixDashboard),
  'calico-typha-dashboard.json': dashboardJson(typhaDashboard),
});
