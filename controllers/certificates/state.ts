/**
 * Determines the next step for the certificates of webhook servers, as a pure function of the stored Secrets.
 * Invariant: a server never serves a certificate that the CA bundle of any webhook configuration does not trust,
 * because a webhook that fails closed would block its shoots. Therefore a new authority is first published together
 * with the old one, signs only after every configuration must contain it, and the old authority remains in the CA
 * bundle until long after the last certificate that it signed was replaced.
 */

/** All in milliseconds. */
export interface Timing {
  readonly authorityLifetime: number;
  readonly serverLifetime: number;
  /** An authority with less remaining validity than this is renewed. */
  readonly authorityRenewBefore: number;
  /** Delay between the publication of an authority and the first certificate that it signs. */
  readonly grace: number;
  /** How long an authority remains in the CA bundle after the last certificate that it signed was replaced. */
  readonly retention: number;
  /** With less remaining validity than this, the successor is used even if it could not be published everywhere. */
  readonly emergency: number;
  /** The validity starts this much in the past, for API servers whose clock is behind. */
  readonly backdate: number;
}

const hour = 3_600_000;
const day = 24 * hour;

/**
 * The durations of Gardener's secrets manager (docs/design/gardener.md#webhook-certificates). An authority with a
 * validity of 30 days is renewed after 80 % of it or 10 days before its end, whichever comes first: on day 20.
 */
export const standardTiming: Timing = {
  authorityLifetime: 30 * day,
  serverLifetime: 30 * day,
  authorityRenewBefore: 10 * day,
  grace: hour,
  retention: day,
  emergency: day,
  backdate: 5 * 60_000,
};

interface Dated {
  /** Name of the Secret. */
  readonly name: string;
  readonly createdAt: number;
  readonly notBefore: number;
  readonly notAfter: number;
}

export interface Authority extends Dated {
  /** When all webhook configurations were known to contain the authority; undefined before. */
  readonly publishedAt: number | undefined;
}

export interface Server extends Dated {
  /** Name of the authority that signed it; undefined if that no longer exists. */
  readonly signer: string | undefined;
  /** It is valid for all required hosts. */
  readonly coversHosts: boolean;
}

export interface Stored {
  readonly authorities: readonly Authority[];
  readonly servers: readonly Server[];
  /** Other Secrets of the same manager: unreadable ones, and CA bundles left behind by a Go extension. */
  readonly others: readonly Pick<Dated, 'name' | 'createdAt'>[];
}

/** The last successful publication by this leader. */
export interface Publication {
  /** Names of the authorities in the CA bundle. */
  readonly authorities: readonly string[];
  readonly at: number;
}

export type Step =
  | { readonly do: 'createAuthority' }
  | { readonly do: 'issueServer'; readonly signer: string }
  | { readonly do: 'publish'; readonly authorities: readonly string[] }
  | { readonly do: 'markPublished'; readonly name: string }
  | { readonly do: 'delete'; readonly name: string }
  /** No step becomes due by the passage of time before `until`. */
  | { readonly do: 'wait'; readonly until: number };

export interface StepInput {
  readonly stored: Stored;
  readonly now: number;
  readonly timing: Timing;
  /** A replica that does not lead creates only what every server needs. */
  readonly leading: boolean;
  readonly published: Publication | undefined;
}

/** Returns the next step. To be called again with the Secrets stored after it. */
export function nextStep(input: StepInput): Step {
  const { stored, now, leading } = input;
  if (trustedAuthorities(stored, now).length === 0) return { do: 'createAuthority' };
  const server = servingCertificate(stored, now);
  if (server === undefined) return { do: 'issueServer', signer: signerWithoutServer(input) };
  const wait: Step = { do: 'wait', until: nextDueTime(input, server) };
  if (!leading) return wait;
  return renewal(input, server) ?? publication(input) ?? succession(input, server) ?? removal(input, server) ?? wait;
}

/** Returns the authorities of the CA bundle, the newest first: all that have not expired. */
export function trustedAuthorities({ authorities }: Stored, now: number): readonly Authority[] {
  return newestFirst(authorities).filter((one) => one.notAfter > now);
}

/** Returns the certificate to serve: the newest valid one that was signed by an authority of the CA bundle. */
export function servingCertificate(stored: Stored, now: number): Server | undefined {
  const signers = new Set(trustedAuthorities(stored, now).map((one) => one.name));
  return newestFirst(stored.servers).find(
    (one) => one.signer !== undefined && signers.has(one.signer) && one.notBefore <= now && now < one.notAfter,
  );
}

/** Returns the time at which an authority is renewed. */
export function renewalTime({ notBefore, notAfter }: Dated, timing: Timing): number {
  return Math.min(eightyPercent({ notBefore, notAfter }), notAfter - timing.authorityRenewBefore);
}

/** Creates new authorities and certificates; they take effect only after publication and succession. */
function renewal({ stored, now, timing }: StepInput, server: Server): Step | undefined {
  const [newest] = trustedAuthorities(stored, now);
  if (newest !== undefined && renewalTime(newest, timing) <= now) return { do: 'createAuthority' };
  const signer = findSigner(stored, server);
  if (signer === undefined) return undefined;
  if (!server.coversHosts || serverRenewal({ server, signer, timing }) <= now)
    return { do: 'issueServer', signer: signer.name };
  const late = newest !== undefined && newest !== signer && signer.notAfter - timing.emergency <= now;
  // The grace period has passed: one shoot that cannot be updated must not make all fail when the authority expires.
  return late && newest.createdAt + timing.grace <= now ? { do: 'issueServer', signer: newest.name } : undefined;
}

/**
 * Publishes every change of the CA bundle, and once by each new leader, which cannot know the progress of the former
 * one.
 */
function publication({ stored, now, published }: StepInput): Step | undefined {
  const authorities = trustedAuthorities(stored, now);
  const names = authorities.map((one) => one.name);
  if (published === undefined || !sameNames(published.authorities, names)) return { do: 'publish', authorities: names };
  const unmarked = authorities.find((one) => one.publishedAt === undefined);
  return unmarked && { do: 'markPublished', name: unmarked.name };
}

/**
 * A published authority takes over after the grace period and a second publication: a reconcile that had read the old
 * CA bundle may have written it after the first one.
 */
function succession({ stored, now, timing, published }: StepInput, server: Server): Step | undefined {
  const authorities = trustedAuthorities(stored, now);
  const current = authorities.findIndex((one) => one.name === server.signer);
  const next = authorities.slice(0, current).find((one) => (one.publishedAt ?? now) + timing.grace <= now);
  if (next?.publishedAt === undefined) return undefined;
  if ((published?.at ?? 0) < next.publishedAt + timing.grace)
    return { do: 'publish', authorities: authorities.map((one) => one.name) };
  return { do: 'issueServer', signer: next.name };
}

/** Removes Secrets older than those in use, once the latter have been in use for the retention time. */
function removal({ stored, now, timing }: StepInput, server: Server): Step | undefined {
  if (server.createdAt + timing.retention > now) return undefined;
  const authorities = newestFirst(stored.authorities);
  const servers = newestFirst(stored.servers);
  const used = authorities.findIndex((one) => one.name === server.signer);
  const [first] = [
    ...servers.slice(servers.indexOf(server) + 1),
    ...authorities.slice(used + 1),
    ...stored.others.filter((one) => one.createdAt + timing.retention <= now),
  ];
  return first && { do: 'delete', name: first.name };
}

/**
 * Returns the authority that signs if no server certificate exists, for example after a manual deletion: the newest one
 * whose grace period has passed, else the oldest.
 */
function signerWithoutServer({ stored, now, timing }: StepInput): string {
  const authorities = trustedAuthorities(stored, now);
  const published = authorities.find((one) => one.publishedAt !== undefined && one.publishedAt + timing.grace <= now);
  return (published ?? authorities.at(-1))?.name ?? '';
}

interface ServerAge {
  readonly server: Server;
  readonly signer: Authority;
  readonly timing: Timing;
}

/** After 80 % of its validity. Never if its authority ends with it: then the successor signs the next certificate. */
function serverRenewal({ server, signer, timing }: ServerAge): number {
  const due = eightyPercent(server);
  const gain = Math.min(due + timing.serverLifetime, signer.notAfter) - server.notAfter;
  return gain < timing.serverLifetime / 10 ? Number.POSITIVE_INFINITY : due;
}

function nextDueTime({ stored, now, timing, leading }: StepInput, server: Server): number {
  const signer = findSigner(stored, server);
  const [newest] = trustedAuthorities(stored, now);
  const ends = [server.notAfter, ...trustedAuthorities(stored, now).map((one) => one.notAfter)];
  const times = leading
    ? [
        ...ends,
        ...(newest === undefined ? [] : [renewalTime(newest, timing), (newest.publishedAt ?? now) + timing.grace]),
        ...(signer === undefined
          ? []
          : [serverRenewal({ server, signer, timing }), signer.notAfter - timing.emergency]),
        server.createdAt + timing.retention,
        ...stored.others.map((one) => one.createdAt + timing.retention),
      ]
    : ends;
  return Math.min(...times.filter((one) => one > now));
}

function findSigner({ authorities }: Stored, server: Server): Authority | undefined {
  return authorities.find((one) => one.name === server.signer);
}

function eightyPercent({ notBefore, notAfter }: Pick<Dated, 'notBefore' | 'notAfter'>): number {
  return notBefore + 0.8 * (notAfter - notBefore);
}

function newestFirst<T extends Dated>(list: readonly T[]): readonly T[] {
  return list.toSorted((a, b) => b.createdAt - a.createdAt || b.notBefore - a.notBefore || (a.name < b.name ? -1 : 1));
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one, index) => one === b[index]);
}
