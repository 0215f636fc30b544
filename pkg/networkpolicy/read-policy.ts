import { type Cidr, parseCidr } from '../gardener/cidr.ts';
import { isRecord, type KubeObject, recordOf } from '../gardener/objects.ts';
import { child, didYouMean, field } from '../network/field.ts';
import { readSelector } from './read-selector.ts';
import {
  type IPBlock,
  type NetworkPolicy,
  type PolicyPeer,
  type PolicyPort,
  type PolicyRule,
  type Protocol,
  protocols,
} from './types.ts';

/** A field for which the API server rejects an object. */
export interface FieldProblem {
  readonly path: string;
  readonly message: string;
}

/** A policy with the defaults of the API server, and the problems for which the API server would reject it. */
export interface ReadPolicy {
  readonly policy: NetworkPolicy;
  readonly problems: readonly FieldProblem[];
}

/** The namespace of objects without one, as of a kubectl without another context. */
export const defaultNamespace = 'default';

/**
 * Reads a networking.k8s.io/v1 NetworkPolicy of unknown content, with the rules of pkg/apis/networking/validation in Kubernetes. Faulty peers
 * and ports select nothing. Never throws.
 */
export function readPolicy(object: KubeObject): ReadPolicy {
  const problems: FieldProblem[] = [];
  const report: Report = (path, message) => {
    problems.push({ path, message });
  };
  const spec = recordOf(object['spec']);
  if (!isRecord(object['spec'])) report('spec', field.required('a policy needs a spec'));
  reportUnknown(spec, { path: 'spec', known: ['podSelector', 'policyTypes', 'ingress', 'egress'], report });
  const types = policyTypes(spec, report);
  const rules = (direction: 'ingress' | 'egress'): readonly PolicyRule[] =>
    listOf(spec[direction], `spec.${direction}`, report).map((rule, index) =>
      readRule({ rule, path: `spec.${direction}[${index}]`, peers: direction === 'ingress' ? 'from' : 'to', report }),
    );
  // The API server validates the rules of both directions, also without the type.
  const [ingress, egress] = [rules('ingress'), rules('egress')];
  const policy: NetworkPolicy = {
    kind: object.kind,
    namespace: object.metadata.namespace ?? defaultNamespace,
    name: object.metadata.name,
    podSelector: readSelector(spec['podSelector'], { path: 'spec.podSelector', report }),
    ...(types.includes('Ingress') ? { ingress } : {}),
    ...(types.includes('Egress') ? { egress } : {}),
  };
  return { policy, problems };
}

type Report = (path: string, message: string) => void;

/** Reports fields that a policy does not have. Without them it may admit everything: a rule without `from` is one for all sources. */
function reportUnknown(
  value: unknown,
  { path, known, report }: { readonly path: string; readonly known: readonly string[]; readonly report: Report },
): void {
  for (const name of Object.keys(recordOf(value))) {
    if (known.includes(name)) continue;
    const guess = didYouMean(name, known);
    const hint = guess === undefined ? '' : `, did you mean ${guess}?`;
    report(child(path, name), field.forbidden(`unknown field${hint}`));
  }
}

/** Without policyTypes a policy is one for ingress, and for egress only if it has rules for it (SetDefaults_NetworkPolicy). */
function policyTypes(spec: Readonly<Record<string, unknown>>, report: Report): readonly string[] {
  const types = listOf(spec['policyTypes'], 'spec.policyTypes', report);
  if (types.length === 0) {
    const hasEgress = Array.isArray(spec['egress']) && spec['egress'].length > 0;
    return hasEgress ? ['Ingress', 'Egress'] : ['Ingress'];
  }
  for (const [index, type] of types.entries())
    if (type !== 'Ingress' && type !== 'Egress')
      report(`spec.policyTypes[${index}]`, field.unsupported(type, ['Egress', 'Ingress']));
  return types.filter((type) => typeof type === 'string');
}

/** Returns the elements of a list; null and absent lists are empty. */
function listOf(value: unknown, path: string, report: Report): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  report(path, field.invalid(value, 'must be a list'));
  return [];
}

function readRule(input: {
  readonly rule: unknown;
  readonly path: string;
  readonly peers: 'from' | 'to';
  readonly report: Report;
}): PolicyRule {
  const { rule, path, peers, report } = input;
  // YAML users write `- ` for a rule that admits everything.
  if (!isRecord(rule) && rule !== null) report(path, field.invalid(rule, 'must be an object'));
  reportUnknown(rule, { path, known: [peers, 'ports'], report });
  const { [peers]: listed, ports } = recordOf(rule);
  const read = <T>(value: unknown, name: string, readOne: (one: unknown, at: string) => T): readonly T[] =>
    listOf(value, child(path, name), report).map((one, index) => readOne(one, `${path}.${name}[${index}]`));
  return {
    peers: read(listed, peers, (one, at) => readPeer(one, at, report)),
    ports: read(ports, 'ports', (one, at) => readPort(one, at, report)),
  };
}

/** Selects nothing; faulty peers become this one, because a rule without peers would admit all. */
const nobody: PolicyPeer = { entities: [] };

function readPeer(value: unknown, path: string, report: Report): PolicyPeer {
  const { podSelector, namespaceSelector, ipBlock } = recordOf(value);
  reportUnknown(value, { path, known: ['podSelector', 'namespaceSelector', 'ipBlock'], report });
  const isPresent = (one: unknown): boolean => one !== undefined && one !== null;
  const bySelector = isPresent(podSelector) || isPresent(namespaceSelector);
  if (isPresent(ipBlock)) {
    if (bySelector) report(path, field.forbidden('may not specify both ipBlock and another peer'));
    const block = readBlock(ipBlock, `${path}.ipBlock`, report);
    return block === undefined || bySelector ? nobody : { ipBlock: block };
  }
  if (!bySelector) {
    report(path, field.required('must specify a peer'));
    return nobody;
  }
  const selector = (one: unknown, name: string) => readSelector(one, { path: `${path}.${name}`, report });
  return {
    ...(isPresent(podSelector) ? { podSelector: selector(podSelector, 'podSelector') } : {}),
    ...(isPresent(namespaceSelector) ? { namespaceSelector: selector(namespaceSelector, 'namespaceSelector') } : {}),
  };
}

function readBlock(value: unknown, path: string, report: Report): IPBlock | undefined {
  const { cidr, except } = recordOf(value);
  reportUnknown(value, { path, known: ['cidr', 'except'], report });
  const range = readRange(cidr, `${path}.cidr`, report);
  if (range === undefined) return undefined;
  const holes = listOf(except, `${path}.except`, report).map((one, index) => {
    const at = `${path}.except[${index}]`;
    const hole = readRange(one, at, report);
    if (hole === undefined) return undefined;
    const isInside = hole.family === range.family && range.first <= hole.first && hole.last <= range.last;
    if (!isInside || hole.prefix <= range.prefix) report(at, field.invalid(one, 'must be a strict subset of `cidr`'));
    return hole.text;
  });
  if (holes.includes(undefined)) return undefined;
  return { cidr: range.text, except: holes.filter((one) => one !== undefined) };
}

function readRange(value: unknown, path: string, report: Report): Cidr | undefined {
  if (value === undefined || value === null || value === '') {
    report(path, field.required('must be a range such as 10.0.0.0/8'));
    return undefined;
  }
  const range = typeof value === 'string' ? parseCidr(value) : undefined;
  if (range === undefined) report(path, field.invalid(value, 'must be a range such as 10.0.0.0/8'));
  return range;
}

/** A port that no connection has, for faulty ones. */
const noPort = { protocol: 'TCP', port: 0 } as const;

function readPort(value: unknown, path: string, report: Report): PolicyPort {
  const { protocol = 'TCP', port, endPort } = recordOf(value);
  reportUnknown(value, { path, known: ['protocol', 'port', 'endPort'], report });
  const known = protocol === null ? 'TCP' : protocol;
  if (!protocols.includes(known as Protocol)) {
    report(`${path}.protocol`, field.unsupported(protocol, protocols));
    return noPort;
  }
  const found = { protocol: known as Protocol };
  if (port === undefined || port === null) {
    if (endPort === undefined || endPort === null) return found;
    report(`${path}.endPort`, field.forbidden('needs `port`'));
    return noPort;
  }
  const problem = portProblem(port);
  if (problem !== undefined) {
    report(`${path}.port`, field.invalid(port, problem));
    return noPort;
  }
  const valid = { ...found, port: port as number | string };
  if (endPort === undefined || endPort === null) return valid;
  const last = endPortProblem(port, endPort);
  if (last === undefined) return { ...valid, endPort: endPort as number };
  report(`${path}.endPort`, field.invalid(endPort, last));
  return noPort;
}

function portProblem(port: unknown): string | undefined {
  if (typeof port === 'number') return isPortNumber(port) ? undefined : 'must be between 1 and 65535, inclusive';
  // IANA_SVC_NAME; a number in quotes is a name without a letter.
  const isName =
    typeof port === 'string' && /^(?=.*[a-z])[a-z0-9]([a-z0-9]|-(?=[a-z0-9]))*$/.test(port) && port.length <= 15;
  return isName
    ? undefined
    : 'must be a number, or the name of a port: at most 15 lower case letters, digits and dashes';
}

function endPortProblem(port: unknown, endPort: unknown): string | undefined {
  if (typeof endPort !== 'number' || !isPortNumber(endPort)) return 'must be between 1 and 65535, inclusive';
  if (typeof port !== 'number') return 'may not be specified when `port` is a name';
  return endPort < port ? 'must be greater than or equal to `port`' : undefined;
}

export function isPortNumber(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65_535;
}
