import type { KubeObject } from '../../pkg/gardener/objects.ts';
import { statusText } from '../../pkg/gardener/status-text.ts';
import type { ReportedEvent } from '../../pkg/kubernetes/events/events.ts';
import { type Diagnostic, describe, errorsOf, warningsOf } from '../../pkg/network/diagnostics.ts';

/** The maximum per run; the recorder has limits of its own. */
const maxFindings = 10;
/** With the code behind it within the 1024 bytes of an Event, unless most characters are not ASCII. */
const maxLength = 900;

/**
 * Returns the Events about the findings of one run, errors first. An error has the reason `ConfigurationProblem`. A warning has its code as the
 * reason, such as `CalicoOverlayOverrules`, so that `kubectl get events --field-selector reason=…` finds all Networks that have it.
 */
export function findingEvents(network: KubeObject, diagnostics: readonly Diagnostic[]): readonly ReportedEvent[] {
  return [...errorsOf(diagnostics), ...warningsOf(diagnostics)].slice(0, maxFindings).map((one) => ({
    object: network,
    type: 'Warning',
    reason: one.severity === 'error' ? 'ConfigurationProblem' : camelCase(one.code),
    message: `${statusText(describe(one), maxLength)} [${one.code}]`,
  }));
}

function camelCase(code: string): string {
  return code
    .split('-')
    .map((word) => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`)
    .join('');
}
