/**
 * Model test: two replicas lead alternately, crash between writes, publish to a part of the shoots, and reconcile
 * Networks with outdated Secrets. No server ever serves a certificate that a shoot does not trust.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  nextStep,
  type Publication,
  type Server,
  type Step,
  type Stored,
  servingCertificate,
  standardTiming,
  trustedAuthorities,
} from './state.ts';

const minute = 60_000;
const day = 86_400_000;

interface Replica {
  /** The Secrets as last read. */
  known: Stored;
  serving: Server | undefined;
  published: Publication | undefined;
}

/** The authorities that the API server of a shoot trusts; undefined before it has a webhook configuration. */
type Shoot = readonly string[] | undefined;

type Publishing = 'everywhere' | 'in some' | 'nowhere' | 'and dies';

type Action =
  | { readonly do: 'pass'; readonly minutes: number }
  /**
   * The leader executes steps until none is due, or crashes after some writes. Before that it may start to reconcile a
   * Network of one of the shoots, whose write follows later with the CA bundle read at the start.
   */
  | {
      readonly do: 'lead';
      readonly reconciles: number | undefined;
      readonly diesAfter: number | undefined;
      readonly publishing: Publishing;
    }
  | { readonly do: 'change leader' };

const empty: Stored = { authorities: [], servers: [], others: [] };

function story() {
  const replicas: [Replica, Replica] = [freshReplica(), freshReplica()];
  const shoots: Shoot[] = [undefined, undefined];
  let stored = empty;
  let now = 0;
  let leader = 0;
  let names = 0;
  let made = 0;
  let publishedLast = 0;
  let reconciling: { readonly shoot: number; readonly bundle: readonly string[]; readonly since: number } | undefined;

  function check(): void {
    const valid = new Set(trustedAuthorities(stored, now).map((one) => one.name));
    for (const { serving } of replicas)
      for (const bundle of shoots) {
        if (serving === undefined || bundle === undefined) continue;
        assert.ok(serving.notAfter > now, `at ${now} an expired certificate is served`);
        assert.ok(
          bundle.includes(serving.signer ?? ''),
          `at ${now} ${serving.name} is served, but only ${bundle.join()} is trusted`,
        );
        assert.ok(
          valid.has(serving.signer ?? ''),
          `at ${now} the authority of ${serving.name} has expired or does not exist`,
        );
      }
  }

  function look(replica: Replica): void {
    replica.known = stored;
    replica.serving = servingCertificate(stored, now);
    check();
  }

  /** Replicas read the Secrets every five minutes; reads without a possible change are skipped. */
  function pass(minutes: number): void {
    const until = now + minutes * minute;
    while (now < until) {
      now = Math.min(until, now + 5 * minute);
      if (reconciling !== undefined && now - reconciling.since >= 20 * minute) finishReconcile();
      const moments = [...stored.authorities, ...stored.servers].map((one) => one.notAfter);
      const quiet = now % (60 * minute) !== 0 && !moments.some((one) => Math.abs(one - now) <= 10 * minute);
      if (quiet && until - now > 30 * minute) continue;
      for (const replica of replicas) look(replica);
    }
    for (const replica of replicas) look(replica);
  }

  /** No webhook configuration is written before the Secrets were read. */
  function reconcile(shoot: number): void {
    finishReconcile();
    const bundle = trustedAuthorities((replicas[leader] ?? freshReplica()).known, now).map((one) => one.name);
    if (bundle.length > 0) reconciling = { shoot, bundle, since: now };
  }

  function finishReconcile(): void {
    if (reconciling !== undefined) shoots[reconciling.shoot] = reconciling.bundle;
    reconciling = undefined;
    check();
  }

  function lead(diesAfter: number | undefined, publishing: Publishing): void {
    const replica = replicas[leader] ?? freshReplica();
    for (let writes = 0; ; writes += 1) {
      look(replica);
      if (diesAfter !== undefined && writes >= diesAfter) return die();
      const step = nextStep({ stored, now, timing: standardTiming, leading: true, published: replica.published });
      if (step.do === 'wait') return;
      assert.ok(writes < 30, `steps do not converge: ${step.do}`);
      if (step.do !== 'publish') write(step);
      else if (!publish(replica, { bundle: step.authorities, publishing })) return;
      check();
    }
  }

  function die(): void {
    replicas[leader] = { ...freshReplica(), known: stored, serving: servingCertificate(stored, now) };
    leader = 1 - leader;
    (replicas[leader] ?? freshReplica()).published = undefined;
  }

  /** Returns whether the leader continues. Publishing fails for at most three days. */
  function publish(
    replica: Replica,
    { bundle, publishing }: { readonly bundle: readonly string[]; readonly publishing: Publishing },
  ): boolean {
    const patient = now - publishedLast < 3 * day;
    if (patient && publishing === 'nowhere') return false;
    shoots[0] = bundle;
    check();
    if (patient && publishing === 'in some') return false;
    shoots[1] = bundle;
    if (patient && publishing === 'and dies') {
      die();
      return false;
    }
    publishedLast = now;
    replica.published = { authorities: bundle, at: now };
    return true;
  }

  function write(step: Exclude<Step, { readonly do: 'wait' | 'publish' }>): void {
    if (step.do === 'createAuthority') made += 1;
    const dates = { name: `${step.do}-${(names += 1)}`, createdAt: now, notBefore: now - 5 * minute };
    const { authorities, servers, others } = stored;
    if (step.do === 'createAuthority') {
      const born = { ...dates, notAfter: now + 30 * day, publishedAt: undefined };
      stored = { ...stored, authorities: [...authorities, born] };
    } else if (step.do === 'issueServer') {
      const ends = authorities.find((one) => one.name === step.signer)?.notAfter ?? 0;
      const born = { ...dates, notAfter: Math.min(now + 30 * day, ends), signer: step.signer, coversHosts: true };
      stored = { ...stored, servers: [...servers, born] };
    } else if (step.do === 'markPublished') {
      const marked = authorities.map((one) => (one.name === step.name ? { ...one, publishedAt: now } : one));
      stored = { ...stored, authorities: marked };
    } else {
      stored = {
        authorities: authorities.filter((one) => one.name !== step.name),
        servers: servers
          .filter((one) => one.name !== step.name)
          .map((one) => (one.signer === step.name ? { ...one, signer: undefined } : one)),
        others,
      };
    }
  }

  return {
    begin: () => lead(undefined, 'everywhere'),
    act(action: Action): void {
      if (action.do === 'pass') pass(action.minutes);
      else if (action.do === 'change leader') die();
      else {
        if (action.reconciles !== undefined) reconcile(action.reconciles);
        lead(action.diesAfter, action.publishing);
      }
    },
    signers: () => new Set(stored.servers.map((one) => one.signer)),
    authorities: () => made,
  };
}

function freshReplica(): Replica {
  return { known: empty, serving: undefined, published: undefined };
}

function work(publishing: Publishing): Action {
  return { do: 'lead', reconciles: undefined, diesAfter: undefined, publishing };
}

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('pass' as const), minutes: fc.constantFrom(5, 65, 720) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('lead' as const),
      reconciles: fc.option(fc.nat(1), { nil: undefined }),
      diesAfter: fc.option(fc.nat(6), { nil: undefined }),
      publishing: fc.constantFrom<Publishing>('everywhere', 'everywhere', 'in some', 'nowhere', 'and dies'),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'change leader' as const }) },
);

test('no server ever serves a certificate that a shoot does not trust', () => {
  fc.assert(
    fc.property(fc.array(action, { minLength: 40, maxLength: 200 }), (actions) => {
      const play = story();
      play.begin();
      play.act({ do: 'pass', minutes: 19.5 * 24 * 60 });
      for (const one of actions) {
        play.act(one);
        // A replica leads at least twice a day: after a month without an extension everything expires by design.
        if (one.do === 'pass' && one.minutes === 720) play.act(work('in some'));
      }
    }),
    { numRuns: 300 },
  );
});

test('a year without incidents creates an authority every 20 days, and never more than two at a time', () => {
  const play = story();
  play.begin();
  for (let half = 0; half < 730; half += 1) {
    play.act({ do: 'pass', minutes: 720 });
    play.act(work('everywhere'));
    assert.ok(play.signers().size <= 2);
  }
  // The first authority, and one at the first read after every 20 days.
  assert.equal(play.authorities(), 1 + Math.floor(365 / 20));
});
