import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { cases } from '../../test/support/cases.ts';
import { analyseTemplate, knownHelpers, precompileTemplate } from './analyse.ts';
import { helpers } from './helpers.ts';

const value = 'must be one of q, int, bool, json, script with one value';
const block = 'must be one of if, unless, each with one value';
const whole = 'must be placed where YAML expects a whole value';
const openQuote = 'a quoted scalar must end on the line where it starts';
const strip = '~ is not allowed: it strips the whitespace around a value';

const rejected: Readonly<Record<string, readonly [template: string, ...problems: readonly string[]]>> = {
  'a bare value': ['a: {{x}}', `t:1: {{x}} ${value}`],
  'a value without a helper or escaping': ['a: {{{x}}}', `t:1: {{x}} ${value}`],
  'a helper without escaping': ['a: {{{q x}}}', 't:1: {{{ }}} is not allowed'],
  'a helper with an ampersand': ['a: {{&q x}}', 't:1: {{{ }}} is not allowed'],
  'a partial': ['a: 1\n{{> other}}', 't:2: PartialStatement is not allowed'],
  'a partial block': ['{{#> other}}\n{{/other}}', 't:1: PartialBlockStatement is not allowed'],
  'a decorator': ['{{* other}}', 't:1: Decorator is not allowed'],
  'a raw block': ['{{{{raw}}}}\n{{x}}\n{{{{/raw}}}}', `t:1: {{#raw}} ${block}`],
  'an unknown helper': ['a: {{upper x}}', `t:1: {{upper}} ${value}`],
  'an unknown block': ['{{#with x}}\na: {{q y}}\n{{/with}}', `t:1: {{#with}} ${block}`],
  'a member used as a helper': ['a: {{x.q y}}', `t:1: {{x.q}} ${value}`],
  'a literal used as a helper': ['a: {{"q"}}', `t:1: {{…}} ${value}`],
  'no value': ['a: {{q}}', `t:1: {{q}} ${value}`],
  'two values': ['a: {{q x y}}', `t:1: {{q}} ${value}`],
  'a named argument': ['a: {{q x y=1}}', `t:1: {{q}} ${value}`],
  'a condition of two values': ['{{#if x y}}\na: 1\n{{/if}}', `t:1: {{#if}} ${block}`],
  'a subexpression': ['a: {{q (json x)}}', 't:1: only members of the view may be used'],
  'a literal': ['a: {{q "x"}}', 't:1: only members of the view may be used'],
  'a condition on a subexpression': ['{{#if (not x)}}\na: 1\n{{/if}}', 't:1: only members of the view may be used'],
  'a script named by a member': ['a: {{script x}}', 't:1: {{script}} needs a literal file name'],
  '@data': ['a: {{q @root.x}}', 't:1: @root.x is not allowed: no @data, no parent scopes'],
  'the index of a loop': [
    '{{#each x}}\n- {{int @index}}\n{{/each}}',
    't:2: @index is not allowed: no @data, no parent scopes',
  ],
  'a parent path': ['{{#each x}}\n- {{q ../y}}\n{{/each}}', 't:2: ../y is not allowed: no @data, no parent scopes'],
  'the whole view': ['a: {{json this}}', 't:1: the whole view is not a value'],
  'else in a loop': [
    '{{#each x}}\n- {{q this}}\n{{else}}\n- 1\n{{/each}}',
    't:1: {{else}} of {{#each}} is never rendered',
  ],
  'a key': ['{{q x}}: 1', `t:1: {{q}} ${whole}`],
  'a part of a key': ['a-{{q x}}: 1', `t:1: {{q}} ${whole}`],
  'a key after a question mark': ['? {{q x}}\n: 1', `t:1: {{q}} ${whole}`],
  'a key in braces': ['a: { b: 1, {{q x}} }', `t:1: {{q}} ${whole}`],
  'the first key in braces': ['a: { {{q x}} }', `t:1: {{q}} ${whole}`],
  'a key with its value in braces': ['a: { {{q x}}: 1 }', `t:1: {{q}} ${whole}`],
  'a value on its own line': ['a:\n  {{q x}}', `t:2: {{q}} ${whole}`],
  'inside double quotes': ['a: "{{q x}}"', `t:1: {{q}} ${whole}`],
  'inside single quotes': ["a: 'b {{q x}}'", `t:1: {{q}} ${whole}`],
  'inside double quotes over several lines': ['a: "b\n  c: {{q x}}\n  d"', `t:1: ${openQuote}`],
  'inside single quotes over several lines': ["- 'b\n  - {{q x}}\n  d'", `t:1: ${openQuote}`],
  'inside a literal block': ['a: |\n  b: {{q x}}', `t:2: {{q}} ${whole}`],
  'deep inside a folded block': [
    'a:\n  - b: >-2\n      c:\n\n{{#if y}}\n        - {{q x}}\n{{/if}}',
    `t:6: {{q}} ${whole}`,
  ],
  'after other text': ['a: b {{q x}}', `t:1: {{q}} ${whole}`],
  'after a dash within text': ['a: b - {{q x}}', `t:1: {{q}} ${whole}`],
  'before other text': ['a: {{q x}} b', `t:1: {{q}} ${whole}`],
  'before a comment': ['a: {{q x}} # b', `t:1: {{q}} ${whole}`],
  'two values at once': ['a: {{q x}}{{q y}}', `t:1: {{q}} ${whole}`, `t:1: {{q}} ${whole}`],
  'after a colon without a space': ['a:{{q x}}', `t:1: {{q}} ${whole}`],
  'after an unopened bracket': ['a: ] , {{q x}}', `t:1: {{q}} ${whole}`],
  'after a value in brackets': ['a: [b {{q x}}]', `t:1: {{q}} ${whole}`],
  'a value that strips the space before it': ['a: {{~q x}}', `t:1: ${strip}`],
  'a value that strips the line break after it': ['a: {{q x~}}\nb: 1', `t:1: ${strip}`],
  'a block that strips line breaks': ['a: {{q x}}\n{{~#if y}}\nb: 1\n{{/if}}', `t:2: ${strip}`],
  'a comment that strips line breaks': ['a: {{q x}}\n{{~! c }}b: 1', `t:2: ${strip}`],
  'several violations in the order of their lines': [
    'a: {{x}}\nb: {{q @y}}',
    `t:1: {{x}} ${value}`,
    't:2: @y is not allowed: no @data, no parent scopes',
  ],
};

cases('rejects a template with', rejected, ([template, ...problems]) =>
  assert.deepEqual(analyseTemplate('t', template).problems, problems),
);

test('a syntax error is a problem with the name of the template', () => {
  const [problem, ...more] = analyseTemplate('a/b.hbs', '{{#if x}}\na: 1').problems;
  assert.match(problem ?? '', /^a\/b\.hbs: Parse error on line 2/);
  assert.deepEqual(more, []);
});

const accepted: Readonly<Record<string, readonly [template: string, ...uses: readonly string[]]>> = {
  'every value helper': [
    'a: {{q b}}\nb: {{int c}}\nc: {{bool d}}\nd: {{json e}}\ne: {{script "f.sh"}}',
    'b',
    'c',
    'd',
    'e',
  ],
  'list items, also nested': ['- {{q a}}\n- - {{q b}}\n- c: {{q c}}', 'a', 'b', 'c'],
  'in brackets': ['a: [{{q b}}, "x", {{q a}}]', 'a', 'b'],
  'in braces': ["- { name: A, value: {{q a}}, x: [1, 'y, z', {{q b}}] }", 'a', 'b'],
  'keys with dots, slashes and quotes': ['checksum/a.b: {{q a}}\n"a b": {{q b}}', 'a', 'b'],
  'both branches of a condition': ['{{#if a}}\nb: {{q c}}\n{{else}}\nb: {{q d}}\n{{/if}}', 'a', 'c', 'd'],
  'chained conditions': ['{{#if a}}\nb: 1\n{{else if e}}\nb: {{q d}}\n{{/if}}', 'a', 'd', 'e'],
  'members of members': ['{{#unless a.b}}\nc: {{q d.e}}\n{{/unless}}', 'a', 'd'],
  'loops, whose items are not members of the view': [
    '{{#each a}}\n{{#if b}}\n- {{q this}}\n- {{q c.d}}\n{{/if}}\n{{/each}}',
    'a',
  ],
  comments: ['# it’s "a\n{{! {{q x}} }}\na: 1 # it\'s'],
  'arbitrary text in block scalars': ['a: |\n  { "b": "c\n  d": \'\nb: {{q x}}', 'x'],
  'complete quoted scalars': ['a: "*"\nb: [""]\nc: {{q x}}', 'x'],
  'the same member twice': ['a: {{q x}}\nb: {{q x}}', 'x'],
};

cases('accepts a template and lists the members that it uses', accepted, ([template, ...uses]) =>
  assert.deepEqual(analyseTemplate('t', template), { uses, problems: [] }),
);

const charts = path.join(import.meta.dirname, '../../charts');
const shipped = readdirSync(charts, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.hbs'));

for (const file of shipped.sort()) {
  test(`${file} is valid and compiles with the options of the build`, () => {
    const source = readFileSync(path.join(charts, file), 'utf8');
    assert.deepEqual(analyseTemplate(file, source).problems, []);
    assert.doesNotThrow(() => precompileTemplate(source));
  });
}

test('charts/ contains templates', () => assert.ok(shipped.length >= 50, `${shipped.length} templates`));

test('the compiler knows exactly the helpers that exist', () =>
  assert.deepEqual(Object.keys(knownHelpers).sort(), Object.keys(helpers({})).sort()));
