/**
 * What the project tells people about their configuration. Every message has a rule with a stable code; the rules of all
 * CNIs together are the registry from which docs/reference/diagnostics.md is generated. Nothing here throws for bad input.
 */
export type Severity = 'error' | 'warning';

/** One kind of finding: what it means, why it matters, what to do. Texts are for people who run clusters, not for us. */
export interface DiagnosticRule {
  readonly severity: Severity;
  readonly title: string;
  readonly reason: string;
  readonly remedy: string;
  /** Where the matter is explained to owners of shoots, a heading below the project’s root; reporters add it to the remedy. */
  readonly page?: string;
  /** The oddity of the Go extensions that the rule answers, as `calico B7`. */
  readonly verdict?: string;
}

export type DiagnosticRules = Readonly<Record<string, DiagnosticRule>>;

/** One finding. `path` is the field inside `object`, in Kubernetes notation; `message` never holds secrets. */
export interface Diagnostic {
  readonly code: string;
  readonly severity: Severity;
  readonly object: string;
  readonly path: string;
  readonly message: string;
  readonly remedy: string;
}

/** The findings of the checks that no CNI owns. */
export const networkRules = {
  'cluster-invalid': {
    severity: 'error',
    title: 'The Cluster cannot be used',
    reason:
      'The Cluster carries the Shoot that decides how the network is rendered; without a readable Shoot nothing may be rendered.',
    remedy:
      'Check the Cluster named like the Network’s namespace; gardenlet writes it at the start of each shoot reconciliation.',
  },
  'config-control-character': {
    severity: 'error',
    title: 'A text holds characters that do not survive manifests',
    reason:
      'Line breaks, NUL, control characters and lone surrogates are read differently by YAML parsers, up to becoming new keys.',
    remedy: 'Remove the characters from the value.',
  },
  'config-invalid-value': {
    severity: 'error',
    title: 'A value of providerConfig is not valid',
    reason: 'The CNI would refuse the value, or would do something else than what it says.',
    remedy: 'Change the value as the message says.',
  },
  'config-too-large': {
    severity: 'error',
    title: 'providerConfig is larger or deeper than any real configuration',
    reason:
      'Size, depth and length of texts are limited so that one shoot cannot exhaust the extension of all shoots in the seed.',
    remedy: 'Shorten the value to what the message allows.',
  },
  'config-unknown-field': {
    severity: 'error',
    title: 'providerConfig has a field that does not exist',
    reason: 'A misspelled option would otherwise be ignored without notice.',
    remedy: 'Remove the field or correct its spelling; docs/usage/calico.md and docs/usage/cilium.md list all options.',
  },
  'config-unsupported-value': {
    severity: 'error',
    title: 'A value is none of those supported',
    reason: 'The field takes one of a fixed list of values.',
    remedy: 'Use one of the values that the message lists.',
  },
  'config-wrong-kind': {
    severity: 'error',
    title: 'providerConfig is of another API version or kind',
    reason:
      'The object in providerConfig must be the NetworkConfig of the network type, or leave out apiVersion and kind.',
    remedy: 'Set apiVersion and kind as the message says, or remove both.',
  },
  'config-wrong-type': {
    severity: 'error',
    title: 'A value of providerConfig has the wrong type',
    reason: 'Texts, numbers and booleans are not converted into each other, as in every Kubernetes API.',
    remedy: 'Write the value in the type that the message names; quote numbers where a text is asked for.',
  },
  'network-api-server-left-out': {
    severity: 'warning',
    title: 'Objects with the addresses of the API server are not shown',
    reason:
      'The addresses are in DNSRecords of the seed, and host names in them are resolved by the controller only, so the objects are missing in the output.',
    remedy: 'Add the DNSRecords of the namespace to the input, if they contain IP addresses.',
  },
  'network-api-server-pending': {
    severity: 'error',
    title: 'The addresses of the API server are not known yet',
    reason: 'An option asks for objects with these addresses, and without them the objects would be wrong.',
    remedy:
      'Nothing is changed and the check is repeated; check the DNSRecords of the API server in the namespace, and the resolution of their host names in the seed.',
  },
  'network-invalid': {
    severity: 'error',
    title: 'The Network resource is not valid',
    reason: 'Gardener’s own rules for Network resources, checked again before anything is rendered.',
    remedy: 'Correct the field; for a shoot it comes from spec.networking of the Shoot.',
  },
  'network-type-foreign': {
    severity: 'warning',
    title: 'The network type of the Shoot is not served by this extension',
    reason: 'Only the extension that serves the type can say whether the configuration is right.',
    remedy: 'Check the spelling of spec.networking.type, or ask the extension that serves the type.',
  },
  'shoot-invalid': {
    severity: 'error',
    title: 'A field of the Shoot cannot be used',
    reason: 'The network depends on the field, and its value cannot be read.',
    remedy: 'Correct the field in the Shoot; fields below status are written by the infrastructure extension.',
  },
} as const satisfies DiagnosticRules;

export interface Finding {
  readonly object: string;
  readonly path: string;
  readonly message: string;
  /** Replaces the rule's remedy where the place knows better. */
  readonly remedy?: string;
}

/** Makes findings of one registry; the code's type is checked, so that a code without a rule does not compile. */
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
      remedy: withPage(finding.remedy ?? rule.remedy, rule),
    };
  };
}

function withPage(remedy: string, { page }: DiagnosticRule): string {
  return page === undefined ? remedy : `${remedy} See ${page}.`;
}

/** `path: message`, the form of Kubernetes field errors. */
export function describe(diagnostic: Diagnostic): string {
  return diagnostic.path === '' ? diagnostic.message : `${diagnostic.path}: ${diagnostic.message}`;
}

/** Several messages as one, as Kubernetes prints an aggregate; no more than people read. `netext validate` lists all. */
export function aggregate(messages: readonly string[]): string {
  if (messages.length === 1) return messages[0] ?? '';
  const more = messages.length > mostMessages ? [`and ${messages.length - mostMessages} more`] : [];
  return `[${[...messages.slice(0, mostMessages), ...more].join(', ')}]`;
}

const mostMessages = 20;

export function errorsOf(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return diagnostics.filter((diagnostic) => diagnostic.severity === 'error');
}

export function warningsOf(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return diagnostics.filter((diagnostic) => diagnostic.severity === 'warning');
}
