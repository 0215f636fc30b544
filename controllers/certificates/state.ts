/**
 * What is to be done with the certificates of webhook servers, as a pure function of what is stored. The rule that everything here serves:
 * at no time may a server show a certificate that a bundle in some webhook configuration does not trust, because a webhook
 * that fails closed would then stop its shoots. So a new authority is published beside the old one first; it signs only when
 * everybody must have heard of it; and the old one stays until long after nothing signed by it is shown.
 */

/** All in milliseconds. */
export interface Timing {
  readonly authorityLifetime: number;
  readonly serverLifetime: number;
  /** An authority with less than this is renewed, however long it was valid. */
  readonly authorityRest: number;
  /** Between the publication of an authority and the first certificate that it signs. */
  readonly grace: number;
  /** How long an authority stays in the bundle after the last certificate that it signed was replaced. */
  readonly keep: number;
  /** With less than this left, a successor is used even if it could not be published everywhere. */
  readonly emergency: number;
  /** Validity begins this much in the past, for clocks that are behind ours. */
  readonly backdate: number;
}

const hour = 3_600_000;
const day = 24 * hour;

/**
 * The secrets manager's times (docs/design/gardener.md#webhook-certificates). An authority of 30 days is renewed when 80 % of its time have passed or less than 10
 * days are left, whichever comes first: on day 20.
 */
export const standardTiming: Timing = {
  authorityLifetime: 30 * day,
  serverLifetime: 30 * day,
  authorityRest: 10 * day,
  grace: hour,
  keep: day,
  emergency: day,
  backdate: 5 * 60_000,
};

interface Dated {
  /** Of the Secret. */
  readonly name: string;
  readonly createdAt: number;
  readonly notBefore: number;
  readonly notAfter: number;
}

export interface Authority extends Dated {
  /** When a bundle with it was known to be in all webhook configurations; undefined before. */
  readonly publishedAt: number | undefined;
}

export interface Server extends Dated {
  /** Name of the authority whose signature it carries, when that is still there. */
  readonly signer: string | undefined;
  /** It is good for every host that is wanted. */
  readonly fits: boolean;
}

export interface Stored {
  readonly authorities: readonly Authority[];
  readonly servers: readonly Server[];
  /** Secrets of the same manager that are neither: unreadable ones, and bundles that a Go extension left behind. */
  readonly others: readonly Pick<Dated, 'name' | 'createdAt'>[];
}

/** The last successful publication by this leader. */
export interface Publication {
  /** Names of the authorities in it. */
  readonly bundle: readonly string[];
  readonly at: number;
}

export type Step =
  | { readonly do: 'createAuthority' }
  | { readonly do: 'issueServer'; readonly signer: string }
  | { readonly do: 'publish'; readonly bundle: readonly string[] }
  | { readonly do: 'markPublished'; readonly name: string }
  | { readonly do: 'delete'; readonly name: string }
  /** Nothing before that moment, as far as time alone decides. */
  | { readonly do: 'wait'; readonly until: number };

export interface StepInput {
  readonly stored: Stored;
  readonly now: number;
  readonly timing: Timing;
  /** A replica that does not lead only does what no server can do without. */
  readonly leading: boolean;
  readonly published: Publication | undefined;
}

/** The next step, to be asked for again with what is stored after it. */
export function nextStep(input: StepInput): Step {
  const { stored, now, leading } = input;
  if (trusted(stored, now).length === 0) return { do: 'createAuthority' };
  const server = servingServer(stored, now);
  if (server === undefined) return { do: 'issueServer', signer: signerWithoutServer(input) };
  const rest: Step = { do: 'wait', until: nextMoment(input, server) };
  if (!leading) return rest;
  return renewal(input, server) ?? publication(input) ?? succession(input, server) ?? removal(input, server) ?? rest;
}

/** Authorities that belong into the bundle, the newest first: all that have not expired. */
export function trusted({ authorities }: Stored, now: number): readonly Authority[] {
  return newestFirst(authorities).filter((one) => one.notAfter > now);
}

/** The certificate to show: the newest one that is valid and can be verified by an authority in the bundle. */
export function servingServer(stored: Stored, now: number): Server | undefined {
  const signers = new Set(trusted(stored, now).map((one) => one.name));
  return newestFirst(stored.servers).find(
    (one) => one.signer !== undefined && signers.has(one.signer) && one.notBefore <= now && now < one.notAfter,
  );
}

/** When an authority is to have a successor. */
export function renewalOf({ notBefore, notAfter }: Dated, timing: Timing): number {
  return Math.min(eightyPercent({ notBefore, notAfter }), notAfter - timing.authorityRest);
}

/** New authorities and certificates need no publication: nobody has to hear of them before they are shown. */
function renewal({ stored, now, timing }: StepInput, server: Server): Step | undefined {
  const [newest] = trusted(stored, now);
  if (newest !== undefined && renewalOf(newest, timing) <= now) return { do: 'createAuthority' };
  const signer = signerOf(stored, server);
  if (signer === undefined) return undefined;
  if (!server.fits || serverRenewal({ server, signer, timing }) <= now)
    return { do: 'issueServer', signer: signer.name };
  const late = newest !== undefined && newest !== signer && signer.notAfter - timing.emergency <= now;
  // Publishing has had its time: one shoot that cannot be told is no reason for all to fail when the authority expires.
  return late && newest.createdAt + timing.grace <= now ? { do: 'issueServer', signer: newest.name } : undefined;
}

/** With every change of the bundle, and once by each new leader, which cannot know how far the last one got. */
function publication({ stored, now, published }: StepInput): Step | undefined {
  const authorities = trusted(stored, now);
  const bundle = authorities.map((one) => one.name);
  if (published === undefined || !sameNames(published.bundle, bundle)) return { do: 'publish', bundle };
  const unmarked = authorities.find((one) => one.publishedAt === undefined);
  return unmarked && { do: 'markPublished', name: unmarked.name };
}

/**
 * A published authority takes over after the grace period, and after the bundle was published once more: a reconcile that had read the old
 * one may have written it after the first time.
 */
function succession({ stored, now, timing, published }: StepInput, server: Server): Step | undefined {
  const authorities = trusted(stored, now);
  const current = authorities.findIndex((one) => one.name === server.signer);
  const next = authorities.slice(0, current).find((one) => (one.publishedAt ?? now) + timing.grace <= now);
  if (next?.publishedAt === undefined) return undefined;
  if ((published?.at ?? 0) < next.publishedAt + timing.grace)
    return { do: 'publish', bundle: authorities.map((one) => one.name) };
  return { do: 'issueServer', signer: next.name };
}

/** What is older than what is in use, once that has been in use for long enough. */
function removal({ stored, now, timing }: StepInput, server: Server): Step | undefined {
  if (server.createdAt + timing.keep > now) return undefined;
  const authorities = newestFirst(stored.authorities);
  const servers = newestFirst(stored.servers);
  const used = authorities.findIndex((one) => one.name === server.signer);
  const [first] = [
    ...servers.slice(servers.indexOf(server) + 1),
    ...authorities.slice(used + 1),
    ...stored.others.filter((one) => one.createdAt + timing.keep <= now),
  ];
  return first && { do: 'delete', name: first.name };
}

/** Servers may have been deleted by hand: then the authority that is known best signs, not the one that is newest. */
function signerWithoutServer({ stored, now, timing }: StepInput): string {
  const authorities = trusted(stored, now);
  const known = authorities.find((one) => one.publishedAt !== undefined && one.publishedAt + timing.grace <= now);
  return (known ?? authorities.at(-1))?.name ?? '';
}

interface ServerAge {
  readonly server: Server;
  readonly signer: Authority;
  readonly timing: Timing;
}

/** At 80 % of its time, unless it ends with its authority anyway: then the successor's certificate is what is waited for. */
function serverRenewal({ server, signer, timing }: ServerAge): number {
  const due = eightyPercent(server);
  const gain = Math.min(due + timing.serverLifetime, signer.notAfter) - server.notAfter;
  return gain < timing.serverLifetime / 10 ? Number.POSITIVE_INFINITY : due;
}

function nextMoment({ stored, now, timing, leading }: StepInput, server: Server): number {
  const signer = signerOf(stored, server);
  const [newest] = trusted(stored, now);
  const ends = [server.notAfter, ...trusted(stored, now).map((one) => one.notAfter)];
  const moments = leading
    ? [
        ...ends,
        ...(newest === undefined ? [] : [renewalOf(newest, timing), (newest.publishedAt ?? now) + timing.grace]),
        ...(signer === undefined
          ? []
          : [serverRenewal({ server, signer, timing }), signer.notAfter - timing.emergency]),
        server.createdAt + timing.keep,
        ...stored.others.map((one) => one.createdAt + timing.keep),
      ]
    : ends;
  return Math.min(...moments.filter((one) => one > now));
}

function signerOf({ authorities }: Stored, server: Server): Authority | undefined {
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
