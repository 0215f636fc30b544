/**
 * Any story of two replicas that lead in turn, die between any two writes, publish to some shoots only, and reconcile Networks with what
 * they knew a moment ago: at no time does a server show what a shoot does not trust.
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
  servingServer,
  standardTiming,
  trusted,
} from './state.ts';

const minute = 60_000;
const day = 86_400_000;

interface Replica {
  /** As it saw the Secrets last. */
  known: Stored;
  shown: Server | undefined;
  published: Publication | undefined;
}

/** What the API server of a shoot trusts; undefined before it was told of the webhook at all. */
type Shoot = readonly string[] | undefined;

type Publishing = 'everywhere' | 'in some' | 'nowhere' | 'and dies';

type Action =
  | { readonly do: 'pass'; readonly minutes: number }
  /**
   * The leader works until it has nothing to do, or dies after some writes. Just before, it may have begun to reconcile a Network of one
   * of the shoots: the write comes later, with what was known at the beginning.
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
    const valid = new Set(trusted(stored, now).map((one) => one.name));
    for (const { shown } of replicas)
      for (const bundle of shoots) {
        if (shown === undefined || bundle === undefined) continue;
        assert.ok(shown.notAfter > now, `at ${now} an expired certificate is shown`);
        assert.ok(
          bundle.includes(shown.signer ?? ''),
          `at ${now} ${shown.name} is shown, but ${bundle.join()} trusted`,
        );
        assert.ok(valid.has(shown.signer ?? ''), `at ${now} the authority of ${shown.name} has expired or is gone`);
      }
  }

  function look(replica: Replica): void {
    replica.known = stored;
    replica.shown = servingServer(stored, now);
    check();
  }

  /** Replicas look every five minutes; how long a story's pause is does not matter to them. */
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

  /** Before the Secrets were read, no webhook is written at all. */
  function reconcile(shoot: number): void {
    finishReconcile();
    const bundle = trusted((replicas[leader] ?? freshReplica()).known, now).map((one) => one.name);
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
      assert.ok(writes < 30, `no end of steps: ${step.do}`);
      if (step.do !== 'publish') write(step);
      else if (!publish(replica, { bundle: step.bundle, publishing })) return;
      check();
    }
  }

  function die(): void {
    replicas[leader] = { ...freshReplica(), known: stored, shown: servingServer(stored, now) };
    leader = 1 - leader;
    (replicas[leader] ?? freshReplica()).published = undefined;
  }

  /** Whether the leader goes on after it. Shoots that cannot be told stay so for three days at most. */
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
    replica.published = { bundle, at: now };
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
      const born = { ...dates, notAfter: Math.min(now + 30 * day, ends), signer: step.signer, fits: true };
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
  return { known: empty, shown: undefined, published: undefined };
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

test('no shoot ever meets a certificate that it does not trust', () => {
  fc.assert(
    fc.property(fc.array(action, { minLength: 40, maxLength: 200 }), (actions) => {
      const play = story();
      play.begin();
      play.act({ do: 'pass', minutes: 19.5 * 24 * 60 });
      for (const one of actions) {
        play.act(one);
        // Somebody leads at least twice a day: after a month without any extension everything has expired, rightly.
        if (one.do === 'pass' && one.minutes === 720) play.act(work('in some'));
      }
    }),
    { numRuns: 300 },
  );
});

test('a year without incidents: every 20 days another authority, and never more than two', () => {
  const play = story();
  play.begin();
  for (let half = 0; half < 730; half += 1) {
    play.act({ do: 'pass', minutes: 720 });
    play.act(work('everywhere'));
    assert.ok(play.signers().size <= 2);
  }
  // The first one, and another at the first look after each 20 days.
  assert.equal(play.authorities(), 1 + Math.floor(365 / 20));
});
