/** The dashboards of Cilium, for the ConfigMap in the control plane namespace of a shoot (docs/design/cilium.md#monitoring). */
import { dashboardJson } from '../../network/dashboards.ts';
import { agentDashboard } from './dashboards-agent.ts';
import { hubbleDashboard } from './dashboards-hubble.ts';
import { operatorDashboard } from './dashboards-operator.ts';

/**
 * Returns the JSON of each dashboard on one line by its key in the ConfigMap; always the same object. The keys are those of the Go extension, except
 * its `cilium-operator-metrics--dashboard.json` (verdict 32).
 */
export function ciliumDashboards(): Readonly<Record<string, string>> {
  return texts;
}

/** Computed once per process: this takes longer than the rest of a reconcile without changes. */
const texts = Object.freeze({
  'cilium-agent-metrics-dashboard.json': dashboardJson(agentDashboard),
  'cilium-operator-metrics-dashboard.json': dashboardJson(operatorDashboard),
  'hubble-dashboard-metrics-dashboard.json': dashboardJson(hubbleDashboard),
});
