import { withAddresses } from './pages.ts';

/**
 * Findings about a user's configuration. Each has a rule with a stable code; docs/reference/diagnostics.md is generated from the rules of all
 * CNIs. Invalid input never throws.
 */
export type Severity = 'error' | 'warning';

/** One type of finding: its meaning, the reason and the remedy, in terms of users and operators. */
export interface DiagnosticRule {
  readonly severity: Severity;
  readonly title: string;
  readonly reason: string;
  readonly remedy: string;
  /** Page and heading with the explanation for owners of shoots, relative to the root of the project; reporters append it to the remedy. */
  readonly page?: string;
  /** The verdict about the Go extensions that the rule implements, such as `calico B7`. */
  readonly verdict?: string;
  /**
   * For a finding until another component sets a value: the value, which a Shoot that is not created yet cannot have. The admission does not warn
   * about it.
   */
  readonly awaits?: AwaitedValue;
}

/** A value that a Shoot gets after its creation. */
export interface AwaitedValue {
  /** The field of the Shoot. */
  readonly path: string;
  /** The component that sets the field. */
  readonly setBy: string;
  /** A value of the field in YAML, for `--set` of the offline commands. */
  readonly example: string;
}

export type DiagnosticRules = Readonly<Record<string, DiagnosticRule>>;

/** One finding. `path` is the field inside `object`, in Kubernetes notation; `message` never contains secrets. */
export interface Diagnostic {
  readonly code: string;
  readonly severity: Severity;
  readonly object: string;
  readonly path: string;
  readonly message: string;
  readonly remedy: string;
}

/** The rules that are common to all CNIs. */
export const networkRules = {
  'cluster-invalid': {
    severity: 'error',
    title: 'The Cluster cannot be used',
    reason: 'The manifests depend on the Shoot in the Cluster; without a readable Shoot nothing is rendered.',
    remedy:
      'Check the Cluster with the name of the Network’s namespace; gardenlet writes it at the start of each shoot reconciliation.',
  },
  'config-control-character': {
    severity: 'error',
    title: 'A string contains characters that cannot be rendered safely in YAML',
    reason:
      'YAML parsers interpret line breaks, NUL, control characters and lone surrogates differently, in the worst case as new keys.',
    remedy: 'Remove the characters from the value.',
  },
  'config-invalid-value': {
    severity: 'error',
    title: 'A value of providerConfig is not valid',
    reason: 'The CNI would reject the value, or would not behave as the value suggests.',
    remedy: 'Correct the value, or remove the field, which then has its default.',
  },
  'config-too-large': {
    severity: 'error',
    title: 'providerConfig is too large or nested too deeply',
    reason:
      'Size, depth and length of strings are limited, so that one shoot cannot exhaust the extension, which serves all shoots in the seed.',
    remedy: 'Reduce the value to the limit in the message.',
  },
  'config-unknown-field': {
    severity: 'error',
    title: 'providerConfig has a field that does not exist',
    reason: 'A misspelled option would otherwise be ignored without notice.',
    remedy: 'Remove the field or correct its spelling; docs/usage/README.md leads to the lists of all options.',
  },
  'config-unsupported-value': {
    severity: 'error',
    title: 'A value is not supported',
    reason: 'The field accepts a fixed list of values.',
    remedy: 'Use a supported value, or remove the field, which then has its default.',
  },
  'config-wrong-kind': {
    severity: 'error',
    title: 'providerConfig has an unexpected apiVersion or kind',
    reason:
      'The object in providerConfig must be the NetworkConfig of the network type; apiVersion and kind may be omitted.',
    remedy: 'Correct apiVersion and kind, or remove both, which has the same meaning.',
  },
  'config-wrong-type': {
    severity: 'error',
    title: 'A value of providerConfig has the wrong type',
    reason: 'Strings, numbers and booleans are not converted into each other, as in every Kubernetes API.',
    remedy: 'Write a value of the type in the message, or remove the field, which then has its default.',
  },
  'network-api-server-left-out': {
    severity: 'warning',
    title: 'Objects with the addresses of the API server are omitted',
    reason:
      'The addresses are in DNSRecords of the seed, and only the controller resolves host names in them, so the output lacks these objects.',
    remedy: 'Add the DNSRecords of the namespace to the input, if they contain IP addresses.',
  },
  'network-api-server-pending': {
    severity: 'error',
    title: 'The addresses of the API server are not known yet',
    reason: 'An option requires objects with these addresses, which would be wrong without them.',
    remedy:
      'Nothing is changed until the retry succeeds; check the DNSRecords of the API server in the namespace, and the resolution of their host names in the seed.',
  },
  'network-invalid': {
    severity: 'error',
    title: 'The Network resource is not valid',
    reason: 'The Network violates Gardener’s rules for Network resources, which are checked again before rendering.',
    remedy: 'Correct the Network; gardenlet writes it from spec.networking of the Shoot.',
  },
  'network-nodes-change': {
    severity: 'warning',
    title: 'The range of the nodes changes',
    reason:
      'Existing nodes retain their addresses. Calico finds the address of a node by this range, and rules for traffic to nodes contain it. Gardener accepts the change; most infrastructure extensions refuse it, or replace the network.',
    remedy: 'Restore the stored range, or choose one that contains it; for other addresses create a new Shoot.',
    page: 'docs/usage/sizing.md#number-of-nodes',
  },
  'network-range-small': {
    severity: 'warning',
    title: 'A range has no room for all nodes of the worker pools',
    reason:
      'Each node needs a part of the pod range and an address of the node range. Nodes beyond the room get none: they join the cluster without a pod range, or are not created.',
    remedy:
      'Reduce the maximum of the worker pools. Ranges and node masks are immutable: for more nodes, create a Shoot with a larger range, or with a smaller range for each node.',
    page: 'docs/usage/sizing.md',
  },
  'network-restart-pending': {
    severity: 'error',
    title: 'A restart of the CNI waits for the API server of the shoot',
    reason:
      'After a migration of the control plane, and after the switch to a highly available one, Typha, or calico-node without Typha, restarts. It would load an old state if the API server did not list current objects yet.',
    remedy: 'Nothing is changed until the retry succeeds; check that the API server of the shoot is reachable.',
  },
  'network-type-foreign': {
    severity: 'warning',
    title: 'The network type of the Shoot is not served by this extension',
    reason: 'Only the extension that serves the type can validate the configuration.',
    remedy: 'Check the spelling of spec.networking.type, or ask the extension that serves the type.',
  },
  'shoot-invalid': {
    severity: 'error',
    title: 'A field of the Shoot is not valid',
    reason: 'The network depends on the field, and its value cannot be parsed.',
    remedy: 'Correct the field in the Shoot; fields below status are written by the infrastructure extension.',
  },
} as const satisfies DiagnosticRules;

export interface Finding {
  readonly object: string;
  readonly path: string;
  readonly message: string;
  /** Replaces the rule's remedy if the caller has a more specific one. */
  readonly remedy?: string;
}

/** Creates a function that reports findings of one registry; a code without a rule does not compile. */
export function reporter<Rules extends DiagnosticRules>(
  rules: Rules,
): (code: keyof Rules & string, finding: Finding) => Diagnostic {
  return (code, finding) => {
    const rule = rules[code];
    if (rule === undefined) throw new Error(`no diagnostic rule ${code}`);
    return {
      code,
      severity: rule.severity,
      object: finding.object,
      path: finding.path,
      message: finding.message,
      remedy: withAddresses(withPage(finding.remedy ?? rule.remedy, rule)),
    };
  };
}

function withPage(remedy: string, { page }: DiagnosticRule): string {
  return page === undefined ? remedy : `${remedy} See ${page}.`;
}

/** Returns `path: message`, the form of Kubernetes field errors. */
export function describe(diagnostic: Diagnostic): string {
  return diagnostic.path === '' ? diagnostic.message : `${diagnostic.path}: ${diagnostic.message}`;
}

/** Joins messages in the form of Kubernetes' aggregate errors, and truncates long lists; `netext validate` prints all. */
export function aggregate(messages: readonly string[]): string {
  if (messages.length === 1) return messages[0] ?? '';
  const more = messages.length > maxMessages ? [`and ${messages.length - maxMessages} more`] : [];
  return `[${[...messages.slice(0, maxMessages), ...more].join(', ')}]`;
}

const maxMessages = 20;

export function errorsOf(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return diagnostics.filter((diagnostic) => diagnostic.severity === 'error');
}

export function warningsOf(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return diagnostics.filter((diagnostic) => diagnostic.severity === 'warning');
}
