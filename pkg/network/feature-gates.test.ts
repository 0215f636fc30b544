import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { cases } from '../../test/support/cases.ts';
import { allFeatureGates, defaultFeatureGates, parseFeatureGates } from './feature-gates.ts';
import type { FeatureGate } from './plugin.ts';

const gates = ['NonPrivilegedCalicoNode', 'SeamlessOverlaySwitch'];

cases<{
  readonly text: string;
  readonly gates?: Readonly<Record<string, boolean>>;
  readonly problems?: readonly string[];
}>(
  {
    nothing: { text: '' },
    'only commas and blanks': { text: ' , ,' },
    'one on': { text: 'SeamlessOverlaySwitch=true', gates: { SeamlessOverlaySwitch: true } },
    'several, with blanks as component-base allows': {
      text: ' SeamlessOverlaySwitch = true , NonPrivilegedCalicoNode=F ',
      gates: { SeamlessOverlaySwitch: true, NonPrivilegedCalicoNode: false },
    },
    'of two the last counts': {
      text: 'SeamlessOverlaySwitch=1,SeamlessOverlaySwitch=0',
      gates: { SeamlessOverlaySwitch: false },
    },
    'a misspelled name': {
      text: 'SeamlesOverlaySwitch=true',
      problems: ['unknown feature gate "SeamlesOverlaySwitch", did you mean SeamlessOverlaySwitch?'],
    },
    'an unknown name': {
      text: 'AllAlpha=true',
      problems: ['unknown feature gate "AllAlpha", known are NonPrivilegedCalicoNode, SeamlessOverlaySwitch'],
    },
    'no value': {
      text: 'SeamlessOverlaySwitch',
      problems: ['feature gate SeamlessOverlaySwitch needs =true or =false, got "SeamlessOverlaySwitch"'],
    },
    'an empty value': {
      text: 'SeamlessOverlaySwitch=',
      problems: ['feature gate SeamlessOverlaySwitch needs =true or =false, got "SeamlessOverlaySwitch="'],
    },
    'a value that Go does not take': {
      text: 'SeamlessOverlaySwitch=yes',
      problems: ['feature gate SeamlessOverlaySwitch needs =true or =false, got "SeamlessOverlaySwitch=yes"'],
    },
    'a second equals sign belongs to the value': {
      text: 'SeamlessOverlaySwitch=true=true',
      problems: ['feature gate SeamlessOverlaySwitch needs =true or =false, got "SeamlessOverlaySwitch=true=true"'],
    },
    'no name': {
      text: '=true',
      problems: ['unknown feature gate "", known are NonPrivilegedCalicoNode, SeamlessOverlaySwitch'],
    },
    'keys of the prototype': {
      text: '__proto__=true,constructor=true',
      problems: [
        'unknown feature gate "__proto__", known are NonPrivilegedCalicoNode, SeamlessOverlaySwitch',
        'unknown feature gate "constructor", known are NonPrivilegedCalicoNode, SeamlessOverlaySwitch',
      ],
    },
    'a hostile name is shown in printable ASCII': {
      text: '\u009bx\u2028y=true',
      problems: ['unknown feature gate "\\u009bx\\u2028y", known are NonPrivilegedCalicoNode, SeamlessOverlaySwitch'],
    },
    'all problems at once, and the good ones are read': {
      text: 'x,SeamlessOverlaySwitch=2,NonPrivilegedCalicoNode=true',
      gates: { NonPrivilegedCalicoNode: true },
      problems: [
        'unknown feature gate "x", known are NonPrivilegedCalicoNode, SeamlessOverlaySwitch',
        'feature gate SeamlessOverlaySwitch needs =true or =false, got "SeamlessOverlaySwitch=2"',
      ],
    },
  },
  ({ text, gates: expected = {}, problems = [] }) => {
    assert.deepEqual(parseFeatureGates(text, gates), { gates: expected, problems });
  },
);

test('the values of a gate are those of strconv.ParseBool', () => {
  const read = (value: string) =>
    parseFeatureGates(`SeamlessOverlaySwitch=${value}`, gates).gates['SeamlessOverlaySwitch'];
  assert.deepEqual(
    ['1', 't', 'T', 'true', 'TRUE', 'True'].map(read),
    Array.from({ length: 6 }, () => true),
  );
  assert.deepEqual(
    ['0', 'f', 'F', 'false', 'FALSE', 'False'].map(read),
    Array.from({ length: 6 }, () => false),
  );
  assert.deepEqual(
    ['on', 'tRUE', '2', '"true"'].map(read),
    Array.from({ length: 4 }, () => undefined),
  );
});

test('property: no text makes the reader throw, and only known gates come out', () => {
  const text = fc.oneof(fc.string(), fc.stringMatching(/^(SeamlessOverlaySwitch|x)(=(true|0|x))?(,.*)?$/));
  fc.assert(
    fc.property(text, (any) => {
      for (const name of Object.keys(parseFeatureGates(any, gates).gates)) assert.ok(gates.includes(name));
    }),
  );
});

const on: FeatureGate = { stage: 'GA', default: true, about: 'always' };
const off: FeatureGate = { stage: 'Alpha', default: false, about: 'perhaps' };

test('the gates of all plugins together', () => {
  const plugins = [{ featureGates: { One: on } }, { featureGates: {} }, { featureGates: { Two: off } }];
  assert.deepEqual(allFeatureGates(plugins), { One: on, Two: off });
  assert.deepEqual(defaultFeatureGates(plugins), { One: true, Two: false });
  assert.deepEqual(allFeatureGates([]), {});
});
