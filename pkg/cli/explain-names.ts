/** `netext explain <name>`: the meaning of options of providerConfig and of codes of findings. */
import { isRecord } from '../gardener/objects.ts';
import { gardenerRules } from '../network/apiserver/diagnostics.ts';
import { memberAt } from '../network/data-path.ts';
import { type DiagnosticRule, type DiagnosticRules, networkRules } from '../network/diagnostics.ts';
import { type EffectRule, type EffectRules, effectRules } from '../network/effects.ts';
import { didYouMean } from '../network/field.ts';
import { type ConfigField, configFields, configSchema, effectiveDefault } from '../network/option-reference.ts';
import type { NetworkPlugin } from '../network/plugin.ts';
import { policyRules } from '../networkpolicy/rules.ts';
import { plugins } from '../plugins/index.ts';
import { inputRules } from '../yaml/diagnostics.ts';
import { InputError, type InputProblem } from '../yaml/input.ts';
import { printYaml } from '../yaml/print.ts';
import { type ExampleEffect, exampleEffect } from './explain-effect.ts';
import type { ExplainOptions } from './options.ts';
import { painter } from './problems.ts';
import { exitCodes, printable, type Screen, type Terminal } from './terminal.ts';

/** An option of providerConfig of one CNI. */
export interface OptionTopic {
  readonly kind: 'option';
  /** `type.path`, such as `calico.overlay.enabled`. */
  readonly name: string;
  readonly network: string;
  readonly path: string;
  /** Its type, or the values that it may have. */
  readonly type: string;
  /** The value in effect if the option is unset; absent if the CNI decides. */
  readonly default?: string;
  readonly meaning: string;
  /** For options that an operator may set for all Networks. */
  readonly operator?: true;
  readonly since: string;
  /** Codes of the findings that a value of the option may cause, with their titles. */
  readonly findings: Readonly<Record<string, string>>;
  /** The providerConfig with a value of the option. */
  readonly example: object;
  /** What happens in a running shoot if the option is set as in the example; absent if it is not known. */
  readonly effect?: ExampleEffect;
  readonly pages: readonly string[];
}

/** A code of findings. */
export interface CodeTopic extends Omit<DiagnosticRule, 'page'> {
  readonly kind: 'code';
  readonly name: string;
  readonly pages: readonly string[];
}

/** A code of effects of changes. */
export interface EffectTopic {
  readonly kind: 'effect';
  readonly name: string;
  readonly rule: EffectRule;
  readonly pages: readonly string[];
}

type AnyTopic = OptionTopic | CodeTopic | EffectTopic;

/** Prints the meaning of each name. Throws InputError for unknown ones, with suggestions. */
export function explainNames({ names, output }: Pick<ExplainOptions, 'names' | 'output'>, { out }: Terminal): number {
  const topics = allTopics();
  const found = names.map((name) => ({ name, topics: findTopics(name, topics) }));
  const unknown = found.filter((one) => one.topics.length === 0);
  if (unknown.length > 0) throw new InputError(unknown.map(({ name }) => unknownName(name, topics)));
  const shown = [...new Set(found.flatMap((one) => one.topics))];
  if (output === 'json')
    out.write(`${printable(JSON.stringify({ topics: shown.map(({ read }) => read()) }, undefined, 2))}\n`);
  else out.write(shown.map(({ read }) => topicText(read(), { out, markdown: output === 'markdown' })).join('\n'));
  return exitCodes.success;
}

/** The names of all options and codes, for suggestions and completion. */
export function topicNames(): readonly string[] {
  return allTopics().map(({ name }) => name);
}

interface Topic {
  readonly name: string;
  /** Further names that mean the topic: the path without the network type. */
  readonly path?: string;
  readonly read: () => AnyTopic;
}

function allTopics(): readonly Topic[] {
  const rules: DiagnosticRules = Object.assign(
    {},
    networkRules,
    gardenerRules,
    policyRules,
    inputRules,
    ...plugins.map((one) => one.rules),
  );
  const effects: EffectRules = Object.assign({}, effectRules, ...plugins.map((one) => one.effects?.rules ?? {}));
  return [
    ...plugins.flatMap(optionTopics),
    ...Object.entries(rules).map(([name, rule]): Topic => ({ name, read: () => codeTopic(name, rule) })),
    ...Object.entries(effects).map(([name, rule]): Topic => ({ name, read: () => effectTopic(name, rule) })),
  ];
}

/** A path may start with the type, and without it means the option of all CNIs that have it. */
function findTopics(name: string, topics: readonly Topic[]): readonly Topic[] {
  const wanted = name.replace(/^(spec\.networking\.|spec\.)?providerConfig\./, '').toLowerCase();
  return topics.filter((one) => one.name.toLowerCase() === wanted || one.path?.toLowerCase() === wanted);
}

function unknownName(name: string, topics: readonly Topic[]): InputProblem {
  const meant = didYouMean(name, [...new Set(topics.flatMap(({ name: full, path }) => [full, path ?? full]))]);
  const last = name.split('.').at(-1)?.toLowerCase() ?? '';
  const similar = topics.filter(({ path }) => path?.toLowerCase().split('.').includes(last)).map((one) => one.name);
  const guess = meant ?? (similar.length > 0 && similar.length <= 4 ? similar.join(' or ') : undefined);
  const hint =
    guess === undefined
      ? 'it must be an option such as calico.overlay.enabled, or a code of a finding; a file has an ending such as .yaml'
      : `did you mean ${guess}?`;
  return { message: `no option and no code is named '${name}', ${hint}` };
}

function optionTopics(plugin: NetworkPlugin): readonly Topic[] {
  const fields = configFields(configSchema(plugin.configuration));
  return fields
    .filter(({ path }) => path !== 'apiVersion' && path !== 'kind')
    .map((field) => ({
      name: `${plugin.type}.${field.path}`,
      path: field.path,
      read: () => optionTopic(plugin, field),
    }));
}

function optionTopic(plugin: NetworkPlugin, field: ConfigField): OptionTopic {
  const { type, configuration, rules } = plugin;
  const { path } = field;
  const fallback = withoutCode(effectiveDefault(configuration, path));
  const [group = ''] = path.split('.');
  const { since = {} } = configuration;
  const example = exampleConfig(plugin, field);
  const effect = exampleEffect({ plugin, example, path });
  return {
    kind: 'option',
    name: `${type}.${path}`,
    network: type,
    path,
    type: withoutCode(field.type),
    ...(fallback !== '' && { default: fallback }),
    meaning: field.description,
    ...(group in configuration.operatorDefaults.shape && { operator: true as const }),
    since: since[path] ?? since[group] ?? '0.1.0, and the Go extension',
    findings: relatedFindings(path, rules),
    example,
    ...(effect && { effect }),
    pages: [`docs/usage/${type}.md`, `docs/reference/${type}-networkconfig.md`, `docs/reference/changes.md#${type}`],
  };
}

/** The findings whose texts mention the option. */
function relatedFindings(path: string, rules: DiagnosticRules): Readonly<Record<string, string>> {
  const mention = new RegExp(
    `(?<![\\w.])${path.replace(/[.]/g, '\\.').replace(/\\.enabled$/, '(\\.enabled)?')}(?![\\w-])`,
  );
  return Object.fromEntries(
    Object.entries(rules)
      .filter(([, { title, reason, remedy }]) => mention.test(`${title} ${reason} ${remedy}`))
      .map(([name, { title }]) => [name, title]),
  );
}

/** A value that differs from the default where the schema lists the values; in a group with an example, beside its values. */
function exampleConfig({ configuration }: NetworkPlugin, { path, schema }: ConfigField): object {
  const { apiVersion, kind, examples, exampleRequirements = {} } = configuration;
  const keys = path.split('.');
  const fallback = memberAt(configuration.effectiveDefaults({}, 'IPv4'), keys);
  const values = exampleValues(schema);
  const value = examples[path] ?? values.find((one) => one !== fallback) ?? values[0] ?? {};
  const [group = '', ...inner] = keys;
  const nested = inner.reduceRight<unknown>((one, key) => ({ [key]: one }), value);
  const context = examples[group];
  return {
    apiVersion,
    kind,
    ...exampleRequirements[path],
    [group]: isRecord(context) && isRecord(nested) ? { ...context, ...nested } : nested,
  };
}

function exampleValues({ enum: list, type }: ConfigField['schema']): readonly unknown[] {
  if (Array.isArray(list)) return list.filter((one) => one !== '');
  return [type].flat().includes('boolean') ? [true, false] : [];
}

function codeTopic(name: string, { page, ...rule }: DiagnosticRule): CodeTopic {
  const pages = [...(page === undefined ? [] : [page]), `docs/reference/diagnostics.md#${name}`];
  return { kind: 'code', name, ...rule, pages };
}

function effectTopic(name: string, rule: EffectRule): EffectTopic {
  return { kind: 'effect', name, rule, pages: [rule.page, `docs/reference/diagnostics.md#${name}`] };
}

function withoutCode(markdown: string): string {
  return markdown.replaceAll('`', '');
}

function topicText(topic: AnyTopic, { out, markdown }: { readonly out: Screen; readonly markdown: boolean }): string {
  const paint = painter(out);
  const head = markdown ? `## ${topic.name}` : paint('bold', topic.name);
  const rows = topicRows(topic);
  const lines = rows.map(([name, text]) =>
    markdown ? `- **${name}:** ${text}` : `  ${name.padEnd(10)}${wrapped(text)}`,
  );
  const example = topic.kind === 'option' ? exampleText(topic, markdown) : '';
  return `${head}\n${markdown ? '\n' : ''}${lines.join('\n')}\n${example}`;
}

type Row = readonly [name: string, text: string];

function topicRows(topic: AnyTopic): readonly Row[] {
  switch (topic.kind) {
    case 'option':
      return optionRows(topic);
    case 'code':
      return codeRows(topic);
    case 'effect':
      return effectRows(topic);
  }
}

function effectRows({ rule, pages }: EffectTopic): readonly Row[] {
  const { impact, title, reason } = rule;
  const named = (['before', 'after', 'order', 'back'] as const).flatMap((name): readonly Row[] => {
    const text = rule[name];
    return text === undefined ? [] : [[name, text]];
  });
  return [['effect', `${title} (impact ${impact})`], ['reason', reason], ...named, ['pages', pages.join(', ')]];
}

function optionRows(topic: OptionTopic): readonly Row[] {
  const findings = Object.entries(topic.findings).map(([name, title]) => `${name}: ${title}`);
  return [
    ['meaning', topic.meaning],
    ['values', topic.type],
    ['default', topic.default ?? 'none'],
    ...(topic.operator === true ? [['operator', 'may set the default in the ControllerConfiguration'] as const] : []),
    ['since', topic.since],
    ...(topic.effect === undefined ? [] : [effectRow(topic.effect)]),
    ...findings.map((text, index) => [index === 0 ? 'findings' : '', text] as const),
    ['pages', topic.pages.join(', ')],
  ];
}

function effectRow({ text, code }: ExampleEffect): Row {
  return ['change', `set as in the example in a running shoot: ${text} [${code}]`];
}

function codeRows({ severity, title, reason, remedy, verdict, pages }: CodeTopic): readonly Row[] {
  return [
    [severity, title],
    ['reason', reason],
    ['remedy', remedy],
    ...(verdict === undefined ? [] : [['verdict', `${verdict}, docs/reference/verdicts.md`] as const]),
    ['pages', pages.join(', ')],
  ];
}

function exampleText({ example }: OptionTopic, markdown: boolean): string {
  const text = printYaml(example).trimEnd();
  if (markdown) return `\n\`\`\`yaml\n${text}\n\`\`\`\n`;
  const lines = text.split('\n').map((line, index) => `  ${(index === 0 ? 'example' : '').padEnd(10)}${line}`);
  return `${lines.join('\n')}\n`;
}

const width = 100;

/** Breaks a text after words, with the indentation of the second column. */
function wrapped(text: string): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length + 13 <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.join(`\n${' '.repeat(12)}`);
}
