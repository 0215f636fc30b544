import { type Cidr, overlaps, parseCidr } from '../gardener/cidr.ts';
import { isDns1123Label, isDns1123Subdomain } from '../gardener/names.ts';
import { type IPFamily, ipFamilies, type Network } from '../gardener/network.ts';
import { describeObject } from '../gardener/objects.ts';
import { type Diagnostic, networkRules, reporter } from './diagnostics.ts';
import { field } from './field.ts';

const report = reporter(networkRules);

/**
 * Validates a Network by Gardener's rules (docs/design/gardener.md#network-validation), and returns all findings at once. With an invalid list of
 * families the ranges are not checked, since they depend on it; an empty list means [IPv4]. Name and namespace are validated like in the API
 * server, because objects in the seed contain both, and an offline command reads them from a file.
 */
export function validateNetwork(network: Network): readonly Diagnostic[] {
  const object = describeObject(network);
  const problem = (path: string, message: string): Diagnostic => report('network-invalid', { object, path, message });
  const families = familyProblems(network.spec.ipFamilies, problem);
  return [...nameProblems(network, problem), ...(families.length > 0 ? families : rangeProblems(network, problem))];
}

/** Returns the valid families of a Network without duplicates; an empty list means [IPv4] (verdict calico B2, cilium 9). */
export function readFamilies(network: Network): readonly IPFamily[] {
  const given: unknown = network.spec.ipFamilies;
  const families = Array.isArray(given) ? given.filter(isFamily) : [];
  return families.length === 0 ? ['IPv4'] : [...new Set(families)];
}

/** Longer lists get one finding instead of one per entry. */
const maxFamilies = 16;

type Problem = (path: string, message: string) => Diagnostic;

function nameProblems({ metadata }: Network, problem: Problem): readonly Diagnostic[] {
  return [
    ...dnsProblems({ path: 'metadata.name', value: metadata.name, dots: true }, problem),
    ...dnsProblems({ path: 'metadata.namespace', value: metadata.namespace, dots: false }, problem),
  ];
}

interface DnsName {
  readonly path: string;
  readonly value: unknown;
  /** True for a DNS-1123 subdomain, false for one label of it. */
  readonly dots: boolean;
}

function dnsProblems({ path, value, dots }: DnsName, problem: Problem): readonly Diagnostic[] {
  if (value === undefined || value === null || value === '')
    return [problem(path, field.required(`the ${path === 'metadata.name' ? 'name' : 'namespace'} of the Network`))];
  if (typeof value === 'string' && (dots ? isDns1123Subdomain(value) : isDns1123Label(value))) return [];
  const longest = dots ? 253 : 63;
  const characters = `lower-case letters, digits, "-"${dots ? ' and "."' : ''}`;
  const detail = `must be at most ${longest} ${characters}, with a letter or digit at ${dots ? 'both ends of each part' : 'both ends'}`;
  return [problem(path, field.invalid(value, detail))];
}

function familyProblems(given: unknown, problem: Problem): readonly Diagnostic[] {
  const path = 'spec.ipFamilies';
  if (given === undefined || given === null) return [];
  if (!Array.isArray(given)) return [problem(path, field.invalid(given, 'must be a list of IP families'))];
  if (given.length > maxFamilies) return [problem(path, field.tooMany(ipFamilies.length))];
  return given.flatMap((family: unknown, index) => {
    if (!isFamily(family)) return [problem(`${path}[${index}]`, field.unsupported(family, ipFamilies))];
    return given.indexOf(family) < index ? [problem(`${path}[${index}]`, field.duplicate(family))] : [];
  });
}

function rangeProblems(network: Network, problem: Problem): readonly Diagnostic[] {
  const families = readFamilies(network);
  const pods = range({ path: 'spec.podCIDR', value: network.spec.podCIDR, families, problem });
  const services = range({ path: 'spec.serviceCIDR', value: network.spec.serviceCIDR, families, problem });
  const found = [...pods.problems, ...services.problems];
  const onlyIPv6 = families.length === 1 && families[0] === 'IPv6';
  if (!onlyIPv6 && pods.cidr !== undefined && services.cidr !== undefined && overlaps(pods.cidr, services.cidr)) {
    found.push(
      problem(
        'spec.serviceCIDR',
        field.invalid(services.cidr.text, `must not overlap with spec.podCIDR (${pods.cidr.text})`),
      ),
    );
  }
  return found;
}

interface RangeInput {
  readonly path: string;
  readonly value: unknown;
  readonly families: readonly IPFamily[];
  readonly problem: Problem;
}

function range(input: RangeInput): { readonly cidr?: Cidr; readonly problems: readonly Diagnostic[] } {
  const { path, value, families, problem } = input;
  if (value === undefined || value === null || value === '')
    return { problems: [problem(path, field.required('a CIDR such as 10.0.0.0/16'))] };
  const cidr = typeof value === 'string' ? parseCidr(value) : undefined;
  if (cidr === undefined)
    return { problems: [problem(path, field.invalid(value, 'must be a CIDR such as 10.0.0.0/16 or 2001:db8::/64'))] };
  const primary = families[0] ?? 'IPv4';
  if (families.length < 2 && cidr.family !== primary) {
    return {
      cidr,
      problems: [
        problem(path, field.invalid(value, `must be an ${primary} range, the only family of spec.ipFamilies`)),
      ],
    };
  }
  return { cidr, problems: [] };
}

function isFamily(value: unknown): value is IPFamily {
  return typeof value === 'string' && (ipFamilies as readonly string[]).includes(value);
}
