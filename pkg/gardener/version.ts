import semver from 'semver';

/** The parts of a Kubernetes version that manifests may depend on; `prerelease` is the part after a dash, without build metadata. */
export interface KubernetesVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  readonly prerelease: string;
}

/**
 * Parses `1.34`, `1.34.3`, `v1.34.3-gke.1+build` as Gardener does (Masterminds/semver: missing parts are 0, leading zeros of the three
 * numbers are ignored). Returns undefined for anything else, for more than 256 characters, and for numbers beyond 2^53-1.
 */
export function parseKubernetesVersion(text: string): KubernetesVersion | undefined {
  const plain = /^(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})$/.exec(text);
  if (plain !== null)
    return { major: Number(plain[1]), minor: Number(plain[2]), patch: Number(plain[3]), prerelease: '' };
  if (text.length > 256) return undefined;
  const match = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?((?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?)$/.exec(text);
  if (match === null) return undefined;
  const [major, minor, patch] = [match[1], match[2], match[3]].map((part = '0') => part.replace(/^0+(?=\d)/, ''));
  const parsed = semver.parse(`${major}.${minor}.${patch}${match[4] ?? ''}`);
  if (parsed === null) return undefined;
  return { major: parsed.major, minor: parsed.minor, patch: parsed.patch, prerelease: parsed.prerelease.join('.') };
}

/**
 * Reports whether `version` is at least `major.minor.0`. A version with a pre-release part never is: the semver constraint of the Go
 * extension excludes 1.36.0-rc.1 and 1.36.1-gke.1 (docs/design/calico.md#feature-gates), and switching too late does no harm.
 */
export function isAtLeast(
  version: KubernetesVersion,
  minimum: { readonly major: number; readonly minor: number },
): boolean {
  if (version.prerelease !== '') return false;
  return version.major !== minimum.major ? version.major > minimum.major : version.minor >= minimum.minor;
}
