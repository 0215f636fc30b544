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
    'rejects an empty method': ['', 'method cannot be empty'],
    'rejects an unknown option': ['eth0', `invalid option "eth0", ${options}`],
    'rejects an option in another case': ['First-Found', `invalid option "First-Found", ${options}`],
    'rejects an option with blanks': [' first-found', `invalid option " first-found", ${options}`],
    'rejects a parameter without an option': ['=eth0', `invalid option "", ${options}`],
    'rejects an inherited member as option': ['constructor=x', `invalid option "constructor", ${options}`],
    'accepts first-found': ['first-found', undefined],
    'rejects first-found with a parameter': ['first-found=eth0', 'option first-found does not take a parameter'],
    'rejects first-found with an empty parameter': ['first-found=', 'option first-found does not take a parameter'],
    'accepts kubernetes-internal-ip': ['kubernetes-internal-ip', undefined],
    'rejects kubernetes-internal-ip with a parameter': [
      'kubernetes-internal-ip=a',
      'option kubernetes-internal-ip does not take a parameter',
    ],
    'rejects cidr without a parameter': ['cidr', 'option cidr requires a parameter'],
    'rejects cidr with an empty parameter': ['cidr=', 'option cidr requires a parameter'],
    'accepts cidr with an IPv4 range': ['cidr=10.180.0.0/16', undefined],
    'accepts cidr with an IPv6 range': ['cidr=2001:db8::/64', undefined],
    'rejects cidr with a list, which only node ranges may be': ['cidr=10.180.0.0/16,10.181.0.0/16', oneCidr],
    'rejects cidr with an address': ['cidr=10.180.0.1', oneCidr],
    'rejects can-reach without a parameter': ['can-reach', 'option can-reach requires a parameter'],
    'accepts can-reach with an IPv4 address': ['can-reach=10.180.0.1', undefined],
    'accepts can-reach with an IPv6 address': ['can-reach=2001:db8::1', undefined],
    'accepts can-reach with a DNS name': ['can-reach=www.example.org', undefined],
    'accepts can-reach with a single label': ['can-reach=router1', undefined],
    'rejects can-reach with an upper-case name': ['can-reach=www.Example.org', reach],
    'rejects can-reach with an underscore': ['can-reach=my_router', reach],
    'rejects can-reach with a trailing dash': ['can-reach=router-', reach],
    'rejects can-reach with an empty label': ['can-reach=a..b', reach],
    'rejects can-reach with a trailing dot': ['can-reach=www.example.org.', reach],
    'accepts can-reach with a name of 253 characters': [`can-reach=${'a'.repeat(253)}`, undefined],
    'rejects can-reach with a name of 254 characters': [`can-reach=${'a'.repeat(254)}`, reach],
    'rejects can-reach with a URL': ['can-reach=http://a', reach],
    'rejects interface without a parameter': ['interface', 'option interface requires a parameter'],
    'rejects interface with an empty parameter': ['interface=', 'option interface requires a parameter'],
    'rejects skip-interface with an empty parameter': ['skip-interface=', 'option skip-interface requires a parameter'],
    'accepts interface with an equals sign in the expression': ['interface=a=b', undefined],
    'accepts skip-interface with an expression': ['skip-interface=^docker.*|lo$', undefined],
    'rejects an expression that only JavaScript supports': [
      'interface=(?=eth)',
      'option interface requires a Go regular expression: error parsing regexp: invalid or unsupported Perl syntax: `(?=`',
    ],
    'rejects an incomplete expression': [
      'skip-interface=eth(',
      'option skip-interface requires a Go regular expression: error parsing regexp: missing closing ): `eth(`',
    ],
    'rejects an expression with too many repetitions': [
      `interface=${'a{1000}'.repeat(50)}`,
      'option interface is too large: expanded, the expression has more than 4000 characters',
    ],
    'rejects nested groups with too many repetitions': [
      `skip-interface=(${'(eth0|ens1){9}'.repeat(30)}){99}`,
      'option skip-interface is too large: expanded, the expression has more than 4000 characters',
    ],
    'rejects Unicode classes that take as much time': [
      `interface=(?i)${'\\pL'.repeat(160)}`,
      'option interface is too large: expanded, the expression has more than 4000 characters',
    ],
    'rejects wide case-insensitive ranges': [
      `interface=(?i)${'[B-\u{1e943}]'.repeat(3)}`,
      'option interface is too large: expanded, the expression has more than 4000 characters',
    ],
    'accepts an expression of 512 characters': [`interface=${'e'.repeat(512)}`, undefined],
    'rejects an expression of 513 characters': [
      `interface=${'e'.repeat(513)}`,
      'option interface is too long: the expression has more than 512 characters',
    ],
  } satisfies Record<string, readonly [string, string | undefined]>,
  ([method, expected]) => assert.equal(autodetectionProblem(method), expected),
);

for (const expression of go.regexp.accepted) {
  test(`accepts the expression ${JSON.stringify(expression)}, like Go`, () =>
    assert.equal(autodetectionProblem(`interface=${expression}`), undefined));
}

for (const expression of [...go.regexp.refused, ...go.regexp.stricterHere]) {
  test(`rejects the expression ${JSON.stringify(expression)}`, () =>
    assert.match(
      autodetectionProblem(`interface=${expression}`) ?? '',
      /^option interface (requires a Go regular expression|is too large): /,
    ));
}

for (const [text, good] of Object.entries(go.cidr).filter(([text]) => text !== '')) {
  test(`${good ? 'accepts' : 'rejects'} the CIDR ${JSON.stringify(text)}, like Go`, () =>
    assert.equal(autodetectionProblem(`cidr=${text}`), good ? undefined : oneCidr));
}

for (const [text, good] of Object.entries(go.ip).filter(([text]) => !/^[a-z0-9.]+$/.test(text))) {
  test(`${good ? 'accepts' : 'rejects'} the address ${JSON.stringify(text)}, like Go`, () =>
    assert.equal(autodetectionProblem(`can-reach=${text}`), good ? undefined : reach));
}

cases(
  {
    nothing: ['', 0],
    'counts the characters of a word': ['eth0', 4],
    'counts a class as one character': ['[a-z0-9]', 1],
    'counts a class with brackets as one character': ['[]a][^]b]', 2],
    'counts an escape as one character': ['\\d\\{2', 3],
    'counts an escape with braces as one character': ['\\x{12345}\\x{1}{3}', 4],
    'counts a Unicode class as 51 characters': ['\\pL\\p{L}{3}[\\PL\\pN]', 51 + 1 + 3 * 51 + 101],
    'counts a case-insensitive range by its size': ['(?i)[a-z][\\x{100}-\\x{140}]', 2 + 1 + 2],
    'counts a case-sensitive range as one character': ['[A-\u{1f000}]', 1],
    'counts a negated case-insensitive class by its size': ['(?i)\\W', 2 + 1 + 1984],
    'counts negated classes inside a class': ['(?i)[^\\S[:^alpha:]]', 2 + 1 + 2 * 1984 + 1],
    'multiplies by a repetition': ['ab{3}', 4],
    'multiplies by the upper bound of a repetition': ['a{2,5}b', 6],
    'multiplies by the lower bound without an upper one': ['a{7,}', 7],
    'counts zero repetitions as one': ['a{0}', 1],
    'counts literal braces': ['a{x}', 4],
    'multiplies a group': ['(ab|c){3}d', 13],
    'multiplies nested repetitions': ['((a{10}b){10}c){10}', 1110],
    'multiplies a repeated group with a repetition': ['(a{10}){2}x{3}', 23],
    'accepts an unclosed group': ['ab(c{4}', 6],
    'accepts an unopened group': ['a)b', 3],
    'counts a supplementary character as one': ['🦄{2}', 2],
  } satisfies Record<string, readonly [string, number]>,
  ([expression, expected]) => assert.equal(expandedLength(expression), expected),
);

test('compiles an expression once, and caches a limited number of results', (t) => {
  const compile = t.mock.method(RE2JS, 'compile');
  const check = (index: number): unknown => autodetectionProblem(`interface=once${index}(`);
  const first = check(0);
  assert.equal(check(0), first);
  assert.match(String(first), /^option interface requires a Go regular expression/);
  assert.equal(autodetectionProblem('skip-interface=once0('), String(first).replace('interface', 'skip-interface'));
  assert.equal(compile.mock.callCount(), 1);
  for (let index = 1; index <= 256; index += 1) check(index);
  assert.equal(compile.mock.callCount(), 257);
  check(256);
  assert.equal(compile.mock.callCount(), 257);
  check(0);
  assert.equal(compile.mock.callCount(), 258, 'the oldest one is forgotten');
});
