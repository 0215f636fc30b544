/** The dashboards of cilium, for the ConfigMap in the shoot's control plane namespace (docs/design/cilium.md#monitoring). */
import { dashboardJson } from '../../network/dashboards.ts';
import { agentDashboard } from './dashboards-agent.ts';
import { hubbleDashboard } from './dashboards-hubble.ts';
import { operatorDashboard } from './dashboards-operator.ts';

/**
 * Key of the ConfigMap -> JSON of a dashboard on one line; the same object at each call. The keys are those of the Go extension, but for
 * its `cilium-operator-metrics--dashboard.json` (verdict 32).
 */
export function ciliumDashboards(): Readonly<Record<string, string>> {
  return texts;
}

/** Once per process: building takes longer than all else that a reconcile without change does. */
const texts = Object.freeze({
  'cilium-agent-metrics-dashboard.json': dashboardJson(agentDashboard),
  'cilium-operator-metrics-dashboard.json': dashboardJson(operatorDashboard),
  'hubble-dashboard-metrics-dashboard.json': dashboardJson(hubbleDashboard),
});
