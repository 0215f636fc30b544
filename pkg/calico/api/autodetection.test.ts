import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { RE2JS } from 're2js';
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
      'option interface needs a Go regular expression: error parsing regexp: invalid or unsupported Perl syntax: `(?=`',
    ],
    'an expression without its end': [
      'skip-interface=eth(',
      'option skip-interface needs a Go regular expression: error parsing regexp: missing closing ): `eth(`',
    ],
    'an expression that would fill the memory': [
      `interface=${'a{1000}'.repeat(50)}`,
      'option interface is too large: written out, the expression has more than 4000 characters',
    ],
    'the same in groups': [
      `skip-interface=(${'(eth0|ens1){9}'.repeat(30)}){99}`,
      'option skip-interface is too large: written out, the expression has more than 4000 characters',
    ],
    'classes of Unicode, which take as much time': [
      `interface=(?i)${'\\pL'.repeat(160)}`,
      'option interface is too large: written out, the expression has more than 4000 characters',
    ],
    'wide ranges without regard to case': [
      `interface=(?i)${'[B-\u{1e943}]'.repeat(3)}`,
      'option interface is too large: written out, the expression has more than 4000 characters',
    ],
    'an expression of 512 characters': [`interface=${'e'.repeat(512)}`, undefined],
    'an expression of 513 characters': [
      `interface=${'e'.repeat(513)}`,
      'option interface is too long: the expression has more than 512 characters',
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
      /^option interface (needs a Go regular expression|is too large): /,
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
    'an escape with braces': ['\\x{12345}\\x{1}{3}', 4],
    'classes of Unicode': ['\\pL\\p{L}{3}[\\PL\\pN]', 51 + 1 + 3 * 51 + 101],
    'a range without regard to case': ['(?i)[a-z][\\x{100}-\\x{140}]', 2 + 1 + 2],
    'a wide range with regard to case': ['[A-\u{1f000}]', 1],
    'a negated class without regard to case': ['(?i)\\W', 2 + 1 + 1984],
    'the same inside a class': ['(?i)[^\\S[:^alpha:]]', 2 + 1 + 2 * 1984 + 1],
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

test('compiles an expression once, and remembers a limited number of them', (t) => {
  const compile = t.mock.method(RE2JS, 'compile');
  const check = (index: number): unknown => autodetectionProblem(`interface=once${index}(`);
  const first = check(0);
  assert.equal(check(0), first);
  assert.match(String(first), /^option interface needs a Go regular expression/);
  assert.equal(autodetectionProblem('skip-interface=once0('), String(first).replace('interface', 'skip-interface'));
  assert.equal(compile.mock.callCount(), 1);
  for (let index = 1; index <= 256; index += 1) check(index);
  assert.equal(compile.mock.callCount(), 257);
  check(256);
  assert.equal(compile.mock.callCount(), 257);
  check(0);
  assert.equal(compile.mock.callCount(), 258, 'the oldest one is forgotten');
});
