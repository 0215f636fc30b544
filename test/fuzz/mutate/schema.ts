import type * as z from 'zod';
import type { Dice } from '../engine/dice.ts';
import { damagedText, hostileJson, hostileText } from './texts.ts';
import { inheritedNames } from './values.ts';

export interface SchemaInput {
  readonly schema: z.ZodType;
  readonly dice: Dice;
  /** Good texts and numbers by the name of their field. */
  readonly good: ReadonlyMap<string, readonly (string | number)[]>;
  /** 0: only good values; 1: any value anywhere. */
  readonly hostility: number;
}

/**
 * The JSON text of a value for a zod schema: of its grammar, with mistakes as often as `hostility` says. Members are left out often, because
 * a mistake in one hides what comes of the others.
 */
export function generateFor({ schema, ...input }: SchemaInput): string {
  return valueText(definitionOf(schema), { ...input, name: '' });
}

interface Context extends Omit<SchemaInput, 'schema'> {
  /** Of the field. */
  readonly name: string;
}

/** The part of zod's definitions that is read here; types that do not occur in configurations are an error. */
interface Definition {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly innerType?: z.ZodType;
  readonly options?: readonly z.ZodType[];
  readonly element?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly entries?: Readonly<Record<string, string>>;
}

function definitionOf(schema: z.ZodType): Definition {
  return schema.def;
}

function inner(schema: z.ZodType | undefined): Definition {
  if (schema === undefined) throw new Error('a zod definition without its inner type');
  return definitionOf(schema);
}

function valueText(definition: Definition, context: Context): string {
  const { dice, hostility } = context;
  if (dice.chance(hostility * 0.15)) return hostileJson(dice);
  const generate = generators[definition.type];
  if (generate === undefined) throw new Error(`no generator for a zod schema of type ${definition.type}`);
  return generate(definition, context);
}

const generators: Readonly<Record<string, (definition: Definition, context: Context) => string>> = {
  object: ({ shape = {} }, context) => objectText(shape, context),
  record: ({ valueType }, context) => recordText(inner(valueType), context),
  array: ({ element }, context) => listText(inner(element), context),
  optional: ({ innerType }, context) => valueText(inner(innerType), context),
  nullable: ({ innerType }, context) => (context.dice.chance(0.08) ? 'null' : valueText(inner(innerType), context)),
  union: ({ options = [] }, context) => valueText(inner(context.dice.pick(options)), context),
  enum: ({ entries = {} }, { dice, hostility }) => {
    const text = dice.pick(Object.values(entries));
    return JSON.stringify(dice.chance(hostility * 0.2) ? damagedText(text, dice) : text);
  },
  boolean: (_, { dice }) => dice.pick(['true', 'true', 'false']),
  string: (_, context) => JSON.stringify(textFor(context)),
  number: (_, { dice, good, name, hostility }) => {
    const known = (good.get(name) ?? [1, 100]).filter((one) => typeof one === 'number');
    return dice.chance(hostility * 0.2) ? hostileJson(dice) : String(dice.pick(known.length === 0 ? [1] : known));
  },
};

function textFor({ dice, good, name, hostility }: Context): string {
  const known = (good.get(name) ?? ['a']).filter((one) => typeof one === 'string');
  const text = dice.pick(known.length === 0 ? ['1'] : known);
  if (!dice.chance(hostility)) return text;
  return dice.chance(0.6) ? damagedText(text, dice) : hostileText(dice);
}

function objectText(shape: Readonly<Record<string, z.ZodType>>, context: Context): string {
  const { dice, hostility } = context;
  const share = dice.pick([0.1, 0.3, 0.6]);
  const members = Object.entries(shape)
    .filter(() => dice.chance(share))
    .map(([name, schema]) => `${JSON.stringify(name)}:${valueText(definitionOf(schema), { ...context, name })}`);
  if (dice.chance(hostility * 0.1))
    members.push(`${JSON.stringify(strangeKey(Object.keys(shape), dice))}:${hostileJson(dice)}`);
  return `{${members.join(',')}}`;
}

function recordText(value: Definition, context: Context): string {
  const { dice, hostility } = context;
  const keys = ['cpu', 'memory'].filter(() => dice.chance(0.7));
  if (dice.chance(hostility * 0.2)) keys.push(strangeKey(['cpu'], dice));
  return `{${keys.map((key) => `${JSON.stringify(key)}:${valueText(value, { ...context, name: key })}`).join(',')}}`;
}

function listText(element: Definition, context: Context): string {
  return `[${Array.from({ length: context.dice.below(4) }, () => valueText(element, context)).join(',')}]`;
}

/** An inherited name, a misspelt one, or anything. */
function strangeKey(known: readonly string[], dice: Dice): string {
  switch (dice.below(3)) {
    case 0:
      return dice.pick(inheritedNames);
    case 1:
      return damagedText(dice.pick(known), dice);
    default:
      return hostileText(dice);
  }
}
