import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cases } from '../../test/support/cases.ts';
import {
  type Authority,
  nextStep,
  type Server,
  type Step,
  type StepInput,
  type Stored,
  standardTiming,
} from './state.ts';

const day = 86_400_000;
const hour = 3_600_000;
const minute = 60_000;

/** Created on that day of the story, good for 30 days. */
function authority(name: string, born: number, publishedAt?: number): Authority {
  return { name, createdAt: born, notBefore: born, notAfter: born + 30 * day, publishedAt };
}

function server(name: string, signer: string | undefined, born: number): Server {
  return { name, signer, createdAt: born, notBefore: born, notAfter: born + 30 * day, fits: true };
}

interface Row extends Partial<Omit<StepInput, 'stored'>>, Partial<Stored> {
  readonly step: Step;
}

function stepOf({ authorities = [], servers = [], others = [], ...rest }: Omit<Row, 'step'>): Step {
  const stored = { authorities, servers, others };
  return nextStep({ now: 0, timing: standardTiming, leading: true, published: undefined, ...rest, stored });
}

const steady: Stored = { authorities: [authority('ca1', 0, 0)], servers: [server('s1', 'ca1', 0)], others: [] };
const told = { bundle: ['ca1'], at: 0 };
const two: Stored = { ...steady, authorities: [authority('ca1', 0, 0), authority('ca2', 20 * day)] };
const both = { bundle: ['ca2', 'ca1'], at: 20 * day };
const signing: Stored = {
  authorities: [authority('ca1', 0, 0), authority('ca2', 20 * day, 20 * day)],
  servers: [server('s1', 'ca1', 0), server('s2', 'ca2', 20 * day + 2 * hour)],
  others: [],
};

const table: Readonly<Record<string, Row>> = {
  'nothing is there: any replica makes an authority': { leading: false, step: { do: 'createAuthority' } },
  'an authority without a server certificate: any replica issues it': {
    leading: false,
    authorities: [authority('ca1', 0)],
    step: { do: 'issueServer', signer: 'ca1' },
  },
  'everything is there: a replica that does not lead waits for the end of it': {
    ...steady,
    leading: false,
    step: { do: 'wait', until: 30 * day },
  },
  'a new leader publishes what there is': { ...steady, step: { do: 'publish', bundle: ['ca1'] } },
  'published for the first time: that is noted': {
    ...steady,
    authorities: [authority('ca1', 0)],
    published: told,
    step: { do: 'markPublished', name: 'ca1' },
  },
  'just before day 20 nothing happens': {
    ...steady,
    now: 20 * day - 1,
    published: told,
    step: { do: 'wait', until: 20 * day },
  },
  'on day 20 there are less than 10 days left, which comes before 80 % of the time': {
    ...steady,
    now: 20 * day,
    published: told,
    step: { do: 'createAuthority' },
  },
  'a short authority is renewed at 80 % of its time': {
    ...steady,
    timing: { ...standardTiming, authorityRest: 0 },
    now: 24 * day,
    published: told,
    step: { do: 'createAuthority' },
  },
  'a new authority is published beside the old one, the new one first': {
    ...two,
    now: 20 * day,
    published: told,
    step: { do: 'publish', bundle: ['ca2', 'ca1'] },
  },
  'a published authority does not sign before the grace is over': {
    ...two,
    authorities: [authority('ca1', 0, 0), authority('ca2', 20 * day, 20 * day)],
    now: 20 * day + hour - 1,
    published: both,
    step: { do: 'wait', until: 20 * day + hour },
  },
  'the bundle is published once more before the new authority signs': {
    ...two,
    authorities: [authority('ca1', 0, 0), authority('ca2', 20 * day, 20 * day)],
    now: 20 * day + hour,
    published: both,
    step: { do: 'publish', bundle: ['ca2', 'ca1'] },
  },
  'then it signs': {
    ...two,
    authorities: [authority('ca1', 0, 0), authority('ca2', 20 * day, 20 * day)],
    now: 20 * day + hour,
    published: { ...both, at: 20 * day + hour },
    step: { do: 'issueServer', signer: 'ca2' },
  },
  'an authority that could not be published does not sign while there is time': {
    ...two,
    now: 29 * day - 1,
    published: told,
    step: { do: 'publish', bundle: ['ca2', 'ca1'] },
  },
  'but it does when the old one is about to end': {
    ...two,
    now: 29 * day,
    published: told,
    step: { do: 'issueServer', signer: 'ca2' },
  },
  'even then it is tried to publish it first': {
    ...two,
    authorities: [authority('ca1', 0, 0), authority('ca2', 29 * day)],
    now: 29 * day + minute,
    published: told,
    step: { do: 'publish', bundle: ['ca2', 'ca1'] },
  },
  'the old ones stay for a day': {
    ...signing,
    now: 21 * day,
    published: both,
    step: { do: 'wait', until: 21 * day + 2 * hour },
  },
  'then the old server certificate goes': {
    ...signing,
    now: 21 * day + 2 * hour,
    published: both,
    step: { do: 'delete', name: 's1' },
  },
  'and then its authority': {
    ...signing,
    servers: signing.servers.slice(1),
    now: 21 * day + 2 * hour,
    published: both,
    step: { do: 'delete', name: 'ca1' },
  },
  'the smaller bundle is published after that': {
    authorities: signing.authorities.slice(1),
    servers: signing.servers.slice(1),
    now: 21 * day + 2 * hour,
    published: both,
    step: { do: 'publish', bundle: ['ca2'] },
  },
  'left-overs go when they are old enough': {
    ...steady,
    others: [
      { name: 'young', createdAt: 2 * day },
      { name: 'old', createdAt: 0 },
    ],
    now: 2 * day,
    published: told,
    step: { do: 'delete', name: 'old' },
  },
  'other hosts need another certificate at once, from the authority that everybody knows': {
    ...two,
    servers: [{ ...server('s1', 'ca1', 0), fits: false }],
    now: 20 * day,
    published: told,
    step: { do: 'issueServer', signer: 'ca1' },
  },
  'a certificate that is shorter than its authority is renewed at 80 % of its time': {
    ...steady,
    servers: [{ ...server('s1', 'ca1', 0), notAfter: 10 * day }],
    now: 8 * day,
    published: told,
    step: { do: 'issueServer', signer: 'ca1' },
  },
  'a certificate whose authority is gone is not shown': {
    ...steady,
    servers: [server('s1', undefined, 0)],
    leading: false,
    step: { do: 'issueServer', signer: 'ca1' },
  },
  'without a certificate the authority that was published signs, not the new one': {
    ...two,
    servers: [],
    now: 20 * day + minute,
    step: { do: 'issueServer', signer: 'ca1' },
  },
  'everything has expired: any replica begins anew': {
    ...steady,
    leading: false,
    now: 30 * day,
    step: { do: 'createAuthority' },
  },
  'an expired authority leaves the bundle': {
    authorities: [authority('ca1', 0, 0), authority('ca2', 20 * day, 20 * day)],
    servers: [server('s2', 'ca2', 29 * day + 12 * hour)],
    now: 30 * day,
    published: both,
    step: { do: 'publish', bundle: ['ca2'] },
  },
};

cases(table, (row) => assert.deepEqual(stepOf(row), row.step));

test('the standard times are those of the contract', () => {
  const { authorityLifetime, serverLifetime, authorityRest, keep } = standardTiming;
  assert.deepEqual([authorityLifetime, serverLifetime, authorityRest, keep], [30 * day, 30 * day, 10 * day, day]);
});
