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

/** An authority with a validity of 30 days from `born`. */
function authority(name: string, born: number, publishedAt?: number): Authority {
  return { name, createdAt: born, notBefore: born, notAfter: born + 30 * day, publishedAt };
}

function server(name: string, signer: string | undefined, born: number): Server {
  return { name, signer, createdAt: born, notBefore: born, notAfter: born + 30 * day, coversHosts: true };
}

interface Row extends Partial<Omit<StepInput, 'stored'>>, Partial<Stored> {
  readonly step: Step;
}

function decide({ authorities = [], servers = [], others = [], ...rest }: Omit<Row, 'step'>): Step {
  const stored = { authorities, servers, others };
  return nextStep({ now: 0, timing: standardTiming, leading: true, published: undefined, ...rest, stored });
}

const steady: Stored = { authorities: [authority('ca1', 0, 0)], servers: [server('s1', 'ca1', 0)], others: [] };
const published = { authorities: ['ca1'], at: 0 };
const two: Stored = { ...steady, authorities: [authority('ca1', 0, 0), authority('ca2', 20 * day)] };
const both = { authorities: ['ca2', 'ca1'], at: 20 * day };
const signing: Stored = {
  authorities: [authority('ca1', 0, 0), authority('ca2', 20 * day, 20 * day)],
  servers: [server('s1', 'ca1', 0), server('s2', 'ca2', 20 * day + 2 * hour)],
  others: [],
};

const table: Readonly<Record<string, Row>> = {
  'without any Secret every replica creates an authority': { leading: false, step: { do: 'createAuthority' } },
  'without a server certificate every replica issues one': {
    leading: false,
    authorities: [authority('ca1', 0)],
    step: { do: 'issueServer', signer: 'ca1' },
  },
  'a replica that does not lead waits for the expiry of the certificate': {
    ...steady,
    leading: false,
    step: { do: 'wait', until: 30 * day },
  },
  'a new leader publishes the CA bundle': { ...steady, step: { do: 'publish', authorities: ['ca1'] } },
  'marks an authority as published after its first publication': {
    ...steady,
    authorities: [authority('ca1', 0)],
    published,
    step: { do: 'markPublished', name: 'ca1' },
  },
  'does nothing immediately before day 20': {
    ...steady,
    now: 20 * day - 1,
    published,
    step: { do: 'wait', until: 20 * day },
  },
  'renews an authority on day 20, 10 days before its end, which precedes 80 % of its validity': {
    ...steady,
    now: 20 * day,
    published,
    step: { do: 'createAuthority' },
  },
  'renews an authority after 80 % of its validity if that comes first': {
    ...steady,
    timing: { ...standardTiming, authorityRenewBefore: 0 },
    now: 24 * day,
    published,
    step: { do: 'createAuthority' },
  },
  'publishes a new authority together with the old one, the new one first': {
    ...two,
    now: 20 * day,
    published,
    step: { do: 'publish', authorities: ['ca2', 'ca1'] },
  },
  'a published authority does not sign during the grace period': {
    ...two,
    authorities: [authority('ca1', 0, 0), authority('ca2', 20 * day, 20 * day)],
    now: 20 * day + hour - 1,
    published: both,
    step: { do: 'wait', until: 20 * day + hour },
  },
  'publishes the CA bundle again before the new authority signs': {
    ...two,
    authorities: [authority('ca1', 0, 0), authority('ca2', 20 * day, 20 * day)],
    now: 20 * day + hour,
    published: both,
    step: { do: 'publish', authorities: ['ca2', 'ca1'] },
  },
  'a new authority signs after the second publication': {
    ...two,
    authorities: [authority('ca1', 0, 0), authority('ca2', 20 * day, 20 * day)],
    now: 20 * day + hour,
    published: { ...both, at: 20 * day + hour },
    step: { do: 'issueServer', signer: 'ca2' },
  },
  'an authority that could not be published does not sign before the emergency time': {
    ...two,
    now: 29 * day - 1,
    published,
    step: { do: 'publish', authorities: ['ca2', 'ca1'] },
  },
  'an authority that could not be published signs in the emergency time': {
    ...two,
    now: 29 * day,
    published,
    step: { do: 'issueServer', signer: 'ca2' },
  },
  'tries to publish a young authority first, even in the emergency time': {
    ...two,
    authorities: [authority('ca1', 0, 0), authority('ca2', 29 * day)],
    now: 29 * day + minute,
    published,
    step: { do: 'publish', authorities: ['ca2', 'ca1'] },
  },
  'retains old Secrets for a day': {
    ...signing,
    now: 21 * day,
    published: both,
    step: { do: 'wait', until: 21 * day + 2 * hour },
  },
  'removes the old server certificate after a day': {
    ...signing,
    now: 21 * day + 2 * hour,
    published: both,
    step: { do: 'delete', name: 's1' },
  },
  'removes the old authority after its server certificates': {
    ...signing,
    servers: signing.servers.slice(1),
    now: 21 * day + 2 * hour,
    published: both,
    step: { do: 'delete', name: 'ca1' },
  },
  'publishes the CA bundle without the removed authority': {
    authorities: signing.authorities.slice(1),
    servers: signing.servers.slice(1),
    now: 21 * day + 2 * hour,
    published: both,
    step: { do: 'publish', authorities: ['ca2'] },
  },
  'removes other Secrets of the manager after a day': {
    ...steady,
    others: [
      { name: 'young', createdAt: 2 * day },
      { name: 'old', createdAt: 0 },
    ],
    now: 2 * day,
    published,
    step: { do: 'delete', name: 'old' },
  },
  'issues a certificate for changed hosts immediately, signed by the published authority': {
    ...two,
    servers: [{ ...server('s1', 'ca1', 0), coversHosts: false }],
    now: 20 * day,
    published,
    step: { do: 'issueServer', signer: 'ca1' },
  },
  'renews a certificate that ends before its authority after 80 % of its validity': {
    ...steady,
    servers: [{ ...server('s1', 'ca1', 0), notAfter: 10 * day }],
    now: 8 * day,
    published,
    step: { do: 'issueServer', signer: 'ca1' },
  },
  'does not serve a certificate whose authority no longer exists': {
    ...steady,
    servers: [server('s1', undefined, 0)],
    leading: false,
    step: { do: 'issueServer', signer: 'ca1' },
  },
  'without a server certificate the published authority signs, not the new one': {
    ...two,
    servers: [],
    now: 20 * day + minute,
    step: { do: 'issueServer', signer: 'ca1' },
  },
  'after everything has expired every replica creates an authority': {
    ...steady,
    leading: false,
    now: 30 * day,
    step: { do: 'createAuthority' },
  },
  'publishes the CA bundle without an expired authority': {
    authorities: [authority('ca1', 0, 0), authority('ca2', 20 * day, 20 * day)],
    servers: [server('s2', 'ca2', 29 * day + 12 * hour)],
    now: 30 * day,
    published: both,
    step: { do: 'publish', authorities: ['ca2'] },
  },
};

cases(table, (row) => assert.deepEqual(decide(row), row.step));

test('standardTiming uses the durations of the secrets manager', () => {
  const { authorityLifetime, serverLifetime, authorityRenewBefore, retention } = standardTiming;
  assert.deepEqual(
    [authorityLifetime, serverLifetime, authorityRenewBefore, retention],
    [30 * day, 30 * day, 10 * day, day],
  );
});
