import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { cases } from '../../test/support/cases.ts';
import { analyseTemplate, knownHelpers, precompileTemplate } from './analyse.ts';
import { helpers } from './helpers.ts';

const value = 'must be one of q, int, bool, json, script with one value';
const block = 'must be one of if, unless, each with one value';
const whole = 'must stand where YAML expects a whole value';
const openQuote = 'a quoted text must end on the line where it begins';
const strip = '~ is not allowed: it joins a value with what stands beside it';

const refused: Readonly<Record<string, readonly [template: string, ...problems: readonly string[]]>> = {
  'a bare value': ['a: {{x}}', `t:1: {{x}} ${value}`],
  'a value without escaping': ['a: {{{x}}}', `t:1: {{x}} ${value}`],
  'a helper without escaping': ['a: {{{q x}}}', 't:1: {{{ }}} is not allowed'],
  'a helper with an ampersand': ['a: {{&q x}}', 't:1: {{{ }}} is not allowed'],
  'a partial': ['a: 1\n{{> other}}', 't:2: PartialStatement is not allowed'],
  'a partial block': ['{{#> other}}\n{{/other}}', 't:1: PartialBlockStatement is not allowed'],
  'a decorator': ['{{* other}}', 't:1: Decorator is not allowed'],
  'a raw block': ['{{{{raw}}}}\n{{x}}\n{{{{/raw}}}}', `t:1: {{#raw}} ${block}`],
  'an unknown helper': ['a: {{upper x}}', `t:1: {{upper}} ${value}`],
  'an unknown block': ['{{#with x}}\na: {{q y}}\n{{/with}}', `t:1: {{#with}} ${block}`],
  'a helper of a member': ['a: {{x.q y}}', `t:1: {{x.q}} ${value}`],
  'a literal for a helper': ['a: {{"q"}}', `t:1: {{…}} ${value}`],
  'no value': ['a: {{q}}', `t:1: {{q}} ${value}`],
  'two values': ['a: {{q x y}}', `t:1: {{q}} ${value}`],
  'a named argument': ['a: {{q x y=1}}', `t:1: {{q}} ${value}`],
  'a condition of two values': ['{{#if x y}}\na: 1\n{{/if}}', `t:1: {{#if}} ${block}`],
  'a subexpression': ['a: {{q (json x)}}', 't:1: only members of the view may be used'],
  'a literal': ['a: {{q "x"}}', 't:1: only members of the view may be used'],
  'a condition on a subexpression': ['{{#if (not x)}}\na: 1\n{{/if}}', 't:1: only members of the view may be used'],
  'a script named by a member': ['a: {{script x}}', 't:1: {{script}} takes the name of a file'],
  '@data': ['a: {{q @root.x}}', 't:1: @root.x is not allowed: no @data, no parent scopes'],
  'the index of a loop': [
    '{{#each x}}\n- {{int @index}}\n{{/each}}',
    't:2: @index is not allowed: no @data, no parent scopes',
  ],
  'a parent path': ['{{#each x}}\n- {{q ../y}}\n{{/each}}', 't:2: ../y is not allowed: no @data, no parent scopes'],
  'the whole view': ['a: {{json this}}', 't:1: the whole view is not a value'],
  'else of a loop': [
    '{{#each x}}\n- {{q this}}\n{{else}}\n- 1\n{{/each}}',
    't:1: {{else}} of {{#each}} is never rendered',
  ],
  'a key': ['{{q x}}: 1', `t:1: {{q}} ${whole}`],
  'a part of a key': ['a-{{q x}}: 1', `t:1: {{q}} ${whole}`],
  'a question mark’s key': ['? {{q x}}\n: 1', `t:1: {{q}} ${whole}`],
  'a key in braces': ['a: { b: 1, {{q x}} }', `t:1: {{q}} ${whole}`],
  'the first key in braces': ['a: { {{q x}} }', `t:1: {{q}} ${whole}`],
  'a key with its value in braces': ['a: { {{q x}}: 1 }', `t:1: {{q}} ${whole}`],
  'a line of its own': ['a:\n  {{q x}}', `t:2: {{q}} ${whole}`],
  'inside double quotes': ['a: "{{q x}}"', `t:1: {{q}} ${whole}`],
  'inside single quotes': ["a: 'b {{q x}}'", `t:1: {{q}} ${whole}`],
  'inside quotes over lines': ['a: "b\n  c: {{q x}}\n  d"', `t:1: ${openQuote}`],
  'inside single quotes over lines': ["- 'b\n  - {{q x}}\n  d'", `t:1: ${openQuote}`],
  'inside a text block': ['a: |\n  b: {{q x}}', `t:2: {{q}} ${whole}`],
  'deep inside a folded block': [
    'a:\n  - b: >-2\n      c:\n\n{{#if y}}\n        - {{q x}}\n{{/if}}',
    `t:6: {{q}} ${whole}`,
  ],
  'behind other text': ['a: b {{q x}}', `t:1: {{q}} ${whole}`],
  'behind a dash in a text': ['a: b - {{q x}}', `t:1: {{q}} ${whole}`],
  'before other text': ['a: {{q x}} b', `t:1: {{q}} ${whole}`],
  'before a comment': ['a: {{q x}} # b', `t:1: {{q}} ${whole}`],
  'two values at once': ['a: {{q x}}{{q y}}', `t:1: {{q}} ${whole}`, `t:1: {{q}} ${whole}`],
  'directly behind a colon': ['a:{{q x}}', `t:1: {{q}} ${whole}`],
  'behind a bracket that is not open': ['a: ] , {{q x}}', `t:1: {{q}} ${whole}`],
  'behind a value in brackets': ['a: [b {{q x}}]', `t:1: {{q}} ${whole}`],
  'a value that eats the blank before it': ['a: {{~q x}}', `t:1: ${strip}`],
  'a value that eats the line break after it': ['a: {{q x~}}\nb: 1', `t:1: ${strip}`],
  'a block that eats line breaks': ['a: {{q x}}\n{{~#if y}}\nb: 1\n{{/if}}', `t:2: ${strip}`],
  'a comment that eats line breaks': ['a: {{q x}}\n{{~! c }}b: 1', `t:2: ${strip}`],
  'several at once, in their order': [
    'a: {{x}}\nb: {{q @y}}',
    `t:1: {{x}} ${value}`,
    't:2: @y is not allowed: no @data, no parent scopes',
  ],
};

cases(
  Object.fromEntries(Object.entries(refused).map(([name, row]) => [`refused: ${name}`, row])),
  ([template, ...problems]) => assert.deepEqual(analyseTemplate('t', template).problems, problems),
);

test('what is no template at all is a problem with its name', () => {
  const [problem, ...more] = analyseTemplate('a/b.hbs', '{{#if x}}\na: 1').problems;
  assert.match(problem ?? '', /^a\/b\.hbs: Parse error on line 2/);
  assert.deepEqual(more, []);
});

const accepted: Readonly<Record<string, readonly [template: string, ...uses: readonly string[]]>> = {
  'every helper of a value': [
    'a: {{q b}}\nb: {{int c}}\nc: {{bool d}}\nd: {{json e}}\ne: {{script "f.sh"}}',
    'b',
    'c',
    'd',
    'e',
  ],
  'list items, nested ones too': ['- {{q a}}\n- - {{q b}}\n- c: {{q c}}', 'a', 'b', 'c'],
  'in brackets': ['a: [{{q b}}, "x", {{q a}}]', 'a', 'b'],
  'in braces': ["- { name: A, value: {{q a}}, x: [1, 'y, z', {{q b}}] }", 'a', 'b'],
  'keys with dots, slashes and quotes': ['checksum/a.b: {{q a}}\n"a b": {{q b}}', 'a', 'b'],
  'conditions and their other branch': ['{{#if a}}\nb: {{q c}}\n{{else}}\nb: {{q d}}\n{{/if}}', 'a', 'c', 'd'],
  'chained conditions': ['{{#if a}}\nb: 1\n{{else if e}}\nb: {{q d}}\n{{/if}}', 'a', 'd', 'e'],
  'members of members': ['{{#unless a.b}}\nc: {{q d.e}}\n{{/unless}}', 'a', 'd'],
  'loops, whose items are not members of the view': [
    '{{#each a}}\n{{#if b}}\n- {{q this}}\n- {{q c.d}}\n{{/if}}\n{{/each}}',
    'a',
  ],
  comments: ['# it’s "a\n{{! {{q x}} }}\na: 1 # it\'s'],
  'texts in blocks, whatever is in them': ['a: |\n  { "b": "c\n  d": \'\nb: {{q x}}', 'x'],
  'complete quotes': ['a: "*"\nb: [""]\nc: {{q x}}', 'x'],
  'the same member twice': ['a: {{q x}}\nb: {{q x}}', 'x'],
};

cases(
  Object.fromEntries(Object.entries(accepted).map(([name, row]) => [`accepted: ${name}`, row])),
  ([template, ...uses]) => assert.deepEqual(analyseTemplate('t', template), { uses, problems: [] }),
);

const charts = path.join(import.meta.dirname, '../../charts');
const shipped = readdirSync(charts, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.hbs'));

for (const file of shipped.sort()) {
  test(`${file} passes, and compiles with the options of the build`, () => {
    const source = readFileSync(path.join(charts, file), 'utf8');
    assert.deepEqual(analyseTemplate(file, source).problems, []);
    assert.doesNotThrow(() => precompileTemplate(source));
  });
}

test('there are templates to look at', () => assert.ok(shipped.length >= 50, `${shipped.length} templates`));

test('the compiler knows the helpers that there are, and no other', () =>
  assert.deepEqual(Object.keys(knownHelpers).sort(), Object.keys(helpers({})).sort()));
