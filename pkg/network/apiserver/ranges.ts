import { canonicalCidr, hasHostBits, overlaps, parseCidr } from '../../gardener/cidr.ts';
import { field } from '../field.ts';
import type { RuleFinding } from './rule.ts';
import { isFamily, type Range, type ShootSpec } from './shoot-spec.ts';

/**
 * Returns the findings of Gardener's API server about the ranges of a Shoot. A range that cannot be parsed has only that finding. `schedules` is
 * true if the Shoot gets its seed, which is when Gardener compares with reserved ranges.
 */
export function rangeFindings(spec: ShootSpec, { schedules }: { readonly schedules: boolean }): readonly RuleFinding[] {
  const { families } = spec;
  // The rules depend on the families, which have findings of their own.
  if (families === undefined || new Set(families).size < families.length || !families.every(isFamily)) return [];
  const named = rangeNames.flatMap((name) => {
    const range = spec[name];
    return range === undefined ? [] : [{ name, range }];
  });
  const own = named.flatMap((one) => singleFindings(one, families));
  if (!families.includes('IPv4')) return own;
  return [...own, ...overlapFindings(spec), ...(schedules ? named.flatMap(reservedFindings) : [])];
}

const rangeNames = ['nodes', 'pods', 'services'] as const;
type RangeName = (typeof rangeNames)[number];

interface NamedRange {
  readonly name: RangeName;
  readonly range: Range;
}

function pathOf(name: RangeName): string {
  return `spec.networking.${name}`;
}

/** validateNetworking: CIDR, family, canonical form. */
function singleFindings(
  { name, range }: NamedRange,
  families: NonNullable<ShootSpec['families']>,
): readonly RuleFinding[] {
  const { text, cidr } = range;
  const path = pathOf(name);
  const invalid = (detail: string): RuleFinding => ({
    code: 'gardener-range-invalid',
    path,
    message: field.invalid(text, detail),
  });
  if (cidr === undefined) return [invalid('must be a CIDR such as 10.0.0.0/16 or 2001:db8::/64')];
  const [primary] = families;
  const isForeign = families.length === 1 && cidr.family !== primary;
  return [
    ...(isForeign ? [invalid(`must be an ${primary} range, the only family of spec.networking.ipFamilies`)] : []),
    ...(hasHostBits(cidr)
      ? [
          {
            code: 'gardener-range-host-bits',
            path,
            message: field.invalid(text, `must be valid canonical CIDR: write ${canonicalCidr(cidr)}`),
          } as const,
        ]
      : []),
  ];
}

/** ValidateShootNetworkDisjointedness: the pairs of ranges, the one at fault first. */
const pairs = [
  { at: 'services', other: 'pods', detail: 'shoot pod network intersects with shoot service network' },
  { at: 'pods', other: 'nodes', detail: 'shoot pod network intersects with shoot node network' },
  { at: 'services', other: 'nodes', detail: 'shoot service network intersects with shoot node network' },
] as const;

function overlapFindings(spec: ShootSpec): readonly RuleFinding[] {
  return pairs.flatMap(({ at, other, detail }) => {
    const [range, with_] = [spec[at], spec[other]];
    if (range?.cidr === undefined || with_?.cidr === undefined || !overlaps(range.cidr, with_.cidr)) return [];
    const message = field.invalid(range.text, `must not overlap with ${pathOf(other)} (${with_.text}): ${detail}`);
    return [{ code: 'gardener-range-invalid', path: pathOf(at), message } as const];
  });
}

/** Ranges for the connection between seed and shoot (v1beta1constants), and their purposes in Gardener's words. */
const reserved = [
  ['fd8f:6d53:b97a:1::/96', 'default vpn network'],
  ['240.0.0.0/8', 'reserved kube-apiserver mapping range'],
  ['241.0.0.0/8', 'reserved seed pod network mapping range'],
  ['242.0.0.0/8', 'reserved shoot node network mapping range'],
  ['243.0.0.0/8', 'reserved shoot service network mapping range'],
  ['244.0.0.0/8', 'reserved shoot pod network mapping range'],
].flatMap(([text = '', purpose = '']) => {
  const cidr = parseCidr(text);
  return cidr === undefined ? [] : [{ cidr, purpose }];
});

/** ValidateNetworkDisjointedness without the ranges of the seed, which are unknown here and matter for IPv6 only. */
function reservedFindings({ name, range: { text, cidr } }: NamedRange): readonly RuleFinding[] {
  if (cidr === undefined) return [];
  return reserved
    .filter((one) => overlaps(cidr, one.cidr))
    .map((one) => {
      const detail = `${name.slice(0, -1)} network intersects with ${one.purpose} (${one.cidr.text})`;
      return { code: 'gardener-range-reserved', path: pathOf(name), message: field.invalid(text, detail) };
    });
}
