import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { cases } from '../../../test/support/cases.ts';
import { autodetectionProblem } from './autodetection.ts';
import { expandedLength } from './regex-size.ts';

const go = JSON.parse(readFileSync(path.join(import.meta.dirname, 'testdata/go.json'), 'utf8')) as {
  readonly regexp: Readonly<Record<'accepted' | 'refused' | 'stricterHere', readonly string[]>>;
  readonly cidr: Readonly<Record<string, boolean>>;
  readonly ip: Readonly<Record<string, boolean>>;
};

const options = 'supported options are can-reach, cidr, first-found, interface, kubernetes-internal-ip, skip-interface';
const reach = 'parameter of can-reach must be an IP address or a lower-case DNS name';
const oneCidr = 'parameter of cidr must be one CIDR, such as 10.9.8.0/24 or 2001:db8::/64';

cases(
  {
    'the empty method': ['', 'method cannot be empty'],
    'an unknown option': ['eth0', `invalid option "eth0", ${options}`],
    'an option in capitals': ['First-Found', `invalid option "First-Found", ${options}`],
    'an option with blanks': [' first-found', `invalid option " first-found", ${options}`],
    'no option before the sign': ['=eth0', `invalid option "", ${options}`],
    'what objects inherit is no option': ['constructor=x', `invalid option "constructor", ${options}`],
    'first-found': ['first-found', undefined],
    'first-found with a parameter': ['first-found=eth0', 'option first-found does not take a parameter'],
    'first-found with an empty parameter': ['first-found=', 'option first-found does not take a parameter'],
    'kubernetes-internal-ip': ['kubernetes-internal-ip', undefined],
    'kubernetes-internal-ip with a parameter': [
      'kubernetes-internal-ip=a',
      'option kubernetes-internal-ip does not take a parameter',
    ],
    'cidr without a parameter': ['cidr', 'option cidr requires a parameter'],
    'cidr with an empty parameter': ['cidr=', 'option cidr requires a parameter'],
    'cidr of IPv4': ['cidr=10.180.0.0/16', undefined],
    'cidr of IPv6': ['cidr=2001:db8::/64', undefined],
    'a list of CIDRs, which only the shoot may bring': ['cidr=10.180.0.0/16,10.181.0.0/16', oneCidr],
    'an address in place of a CIDR': ['cidr=10.180.0.1', oneCidr],
    'can-reach without a parameter': ['can-reach', 'option can-reach requires a parameter'],
    'can-reach an address': ['can-reach=10.180.0.1', undefined],
    'can-reach an IPv6 address': ['can-reach=2001:db8::1', undefined],
    'can-reach a name': ['can-reach=www.example.org', undefined],
    'can-reach a name of one part': ['can-reach=router1', undefined],
    'can-reach a name with capitals': ['can-reach=www.Example.org', reach],
    'can-reach a name with an underscore': ['can-reach=my_router', reach],
    'can-reach a name with a dash at its end': ['can-reach=router-', reach],
    'can-reach a name with an empty part': ['can-reach=a..b', reach],
    'can-reach a name with a dot at its end': ['can-reach=www.example.org.', reach],
    'can-reach a name of 253 characters': [`can-reach=${'a'.repeat(253)}`, undefined],
    'can-reach a name of 254 characters': [`can-reach=${'a'.repeat(254)}`, reach],
    'can-reach a URL': ['can-reach=http://a', reach],
    'interface without a parameter': ['interface', 'option interface requires a parameter'],
    'interface with an empty parameter': ['interface=', 'option interface requires a parameter'],
    'skip-interface without a parameter': ['skip-interface=', 'option skip-interface requires a parameter'],
    'interface with a sign in its expression': ['interface=a=b', undefined],
    'skip-interface': ['skip-interface=^docker.*|lo$', undefined],
    'an expression of JavaScript': [
      'interface=(?=eth)',
      'option interface requires a Go regular expression: error parsing regexp: invalid or unsupported Perl syntax: `(?=`',
    ],
    'an expression without its end': [
      'skip-interface=eth(',
      'option skip-interface requires a Go regular expression: error parsing regexp: missing closing ): `eth(`',
    ],
    'an expression that would fill the memory': [
      `interface=${'a{1000}'.repeat(500)}`,
      'option interface has too many repetitions: expanded, the expression has more than 10000 characters',
    ],
    'the same in groups': [
      `skip-interface=(${'(eth0|ens1){9}'.repeat(50)}){99}`,
      'option skip-interface has too many repetitions: expanded, the expression has more than 10000 characters',
    ],
  } satisfies Record<string, readonly [string, string | undefined]>,
  ([method, expected]) => assert.equal(autodetectionProblem(method), expected),
);

for (const expression of go.regexp.accepted) {
  test(`as Go, accepts the expression ${JSON.stringify(expression)}`, () =>
    assert.equal(autodetectionProblem(`interface=${expression}`), undefined));
}

for (const expression of [...go.regexp.refused, ...go.regexp.stricterHere]) {
  test(`refuses the expression ${JSON.stringify(expression)}`, () =>
    assert.match(
      autodetectionProblem(`interface=${expression}`) ?? '',
      /^option interface (requires a Go regular expression|has too many repetitions): /,
    ));
}

for (const [text, good] of Object.entries(go.cidr).filter(([text]) => text !== '')) {
  test(`as Go, ${good ? 'accepts' : 'refuses'} the CIDR ${JSON.stringify(text)}`, () =>
    assert.equal(autodetectionProblem(`cidr=${text}`), good ? undefined : oneCidr));
}

for (const [text, good] of Object.entries(go.ip).filter(([text]) => !/^[a-z0-9.]+$/.test(text))) {
  test(`as Go, ${good ? 'accepts' : 'refuses'} the address ${JSON.stringify(text)}`, () =>
    assert.equal(autodetectionProblem(`can-reach=${text}`), good ? undefined : reach));
}

cases(
  {
    nothing: ['', 0],
    'a word': ['eth0', 4],
    'a class': ['[a-z0-9]', 1],
    'a class with brackets': ['[]a][^]b]', 2],
    'an escape': ['\\d\\{2', 3],
    'an escape with braces': ['\\x{12345}\\pL\\p{L}{3}', 6],
    'a repetition': ['ab{3}', 4],
    'a repetition with two bounds': ['a{2,5}b', 6],
    'a repetition without an upper bound': ['a{7,}', 7],
    'no repetition at all': ['a{0}', 1],
    'a brace that repeats nothing': ['a{x}', 4],
    'a repeated group': ['(ab|c){3}d', 13],
    'repetitions in repetitions': ['((a{10}b){10}c){10}', 1110],
    'a repetition of a repeated group': ['(a{10}){2}x{3}', 23],
    'a group without its end': ['ab(c{4}', 6],
    'an end without its group': ['a)b', 3],
    'a supplementary character': ['🦄{2}', 2],
  } satisfies Record<string, readonly [string, number]>,
  ([expression, expected]) => assert.equal(expandedLength(expression), expected),
);
