import type { Dice } from '../engine/dice.ts';
import type { MutationContext } from '../engine/target.ts';
import { mutateBytes } from './bytes.ts';
import { damagedText, hostileJson, hostileText } from './texts.ts';
import { type Member, type Place, parseTree, places, printTree, replaceAt, scalar, type Tree } from './tree.ts';
import { fragments, inheritedNames } from './values.ts';

export interface JsonMutatorOptions {
  /** Keys that mean something to the target. */
  readonly keys: readonly string[];
  /** A JSON text for the place of a key; undefined where a value of any type will do. */
  readonly valueFor?: (key: string, dice: Dice) => string | undefined;
  /** Larger results are cut down to the input they were made from. */
  readonly maxBytes: number;
  /** Share of mutations that disregard the structure. */
  readonly raw: number;
}

/** One to four changes of the structure of a JSON text, or of its bytes where it is none. Deterministic for the dice. */
export function mutateJson(input: Uint8Array, context: MutationContext, options: JsonMutatorOptions): Uint8Array {
  const { dice } = context;
  const parsed = dice.chance(options.raw) ? undefined : parseTree(input);
  if (parsed === undefined) return bounded(mutateBytes(input, context), input, options);
  const donor = parseTree(context.other) ?? parsed;
  let tree = parsed;
  for (let count = 1 + dice.below(4); count > 0; count -= 1) tree = mutateTree(tree, { dice, donor, options });
  const result = printTree(tree);
  return bounded(dice.chance(options.raw / 4) ? mutateBytes(result, context) : result, input, options);
}

function bounded(result: Uint8Array, input: Uint8Array, { maxBytes }: JsonMutatorOptions): Uint8Array {
  return result.length > maxBytes ? input : result;
}

interface TreeContext {
  readonly dice: Dice;
  readonly donor: Tree;
  readonly options: JsonMutatorOptions;
}

type Change = (member: Member, context: TreeContext) => readonly Member[];

function mutateTree(tree: Tree, context: TreeContext): Tree {
  const place = randomPlace(tree, context.dice);
  const change = context.dice.chance(0.01) ? grow : context.dice.pick(changes);
  return replaceAt(tree, place, ([member]) => (member === undefined ? [] : change(member, context)));
}

/** Leaves are most of all nodes; half of the time a random walk from the root decides. */
function randomPlace(tree: Tree, dice: Dice): Place {
  if (dice.chance(0.5)) return dice.pick(places(tree)).place;
  const place: number[] = [];
  for (let node = tree; node.kind !== 'scalar' && !dice.chance(0.15); ) {
    const children = node.kind === 'object' ? node.members.map(({ value }) => value) : node.items;
    if (children.length === 0) break;
    const at = dice.below(children.length);
    place.push(at);
    node = children[at] ?? scalar('null');
  }
  return place;
}

const replaceValue: Change = (member, { dice, options }) => {
  const fitting = dice.chance(0.5) ? options.valueFor?.(nameOf(member), dice) : undefined;
  return [{ ...member, value: scalar(fitting ?? hostileJson(dice)) }];
};

const damageValue: Change = (member, context) => {
  const { value } = member;
  if (value.kind !== 'scalar' || !value.text.startsWith('"')) return replaceValue(member, context);
  return [{ ...member, value: scalar(JSON.stringify(damagedText(unquoted(value.text), context.dice))) }];
};

const duplicate: Change = (member, { dice }) => [
  member,
  { ...member, value: dice.chance(0.5) ? member.value : scalar(hostileJson(dice)) },
];

const repeat: Change = (member, { dice }) => {
  const count = 2 + dice.below(dice.pick([4, 40, 400]));
  return Array.from({ length: count }, (_, index) =>
    index === 0 ? member : { ...member, key: JSON.stringify(`${nameOf(member)}${index}`) },
  );
};

const rename: Change = (member, { dice, options }) => [
  {
    ...member,
    key: JSON.stringify(dice.chance(0.6) ? dice.pick([...options.keys, ...inheritedNames]) : hostileText(dice)),
  },
];

const add: Change = (member, { dice, options }) => {
  const key = dice.chance(0.8) ? dice.pick([...options.keys, ...inheritedNames]) : hostileText(dice);
  const text = options.valueFor?.(key, dice) ?? hostileJson(dice);
  return [member, { key: JSON.stringify(key), value: scalar(text) }];
};

/** A subtree of another input, in the place of the same key where there is one. */
const graft: Change = (member, { dice, donor }) => {
  const nodes = places(donor);
  const { node } = dice.pick(nodes);
  if (donor.kind !== 'object' || !dice.chance(0.3)) return [{ ...member, value: node }];
  const same = donor.members.find(({ key }) => key === member.key);
  return [{ ...member, value: same?.value ?? node }];
};

const wrap: Change = (member, { dice }) => {
  const depth = dice.pick([1, 2, 15, 17, 198, 202, 2_000]);
  const [open, close] = dice.chance(0.5) ? ['[', ']'] : ['{"a":', '}'];
  const inner = Buffer.from(printTree(member.value)).toString();
  return [{ ...member, value: scalar(open.repeat(depth) + inner + close.repeat(depth)) }];
};

const escapeKey: Change = (member) => {
  const escaped = Array.from(nameOf(member), (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return [{ ...member, key: `"${escaped.join('')}"` }];
};

const loneSurrogate: Change = (member, { dice }) => [
  { ...member, value: scalar(dice.pick(['"\\ud800"', '"\\udfffx"', '"a\\ud83e"'])) },
];

const remove: Change = () => [];

/** Much of the same: what costs too much per piece shows only in large inputs. The limit on sizes drops most of them. */
const grow: Change = (member, { dice, options }) => {
  const size = Math.floor((options.maxBytes * dice.next()) / 2);
  const { value } = member;
  if (value.kind === 'scalar' && value.text.startsWith('"')) {
    const text = unquoted(value.text);
    const from = dice.below(text.length);
    const piece = text.slice(from, from + 1 + dice.below(12)) || dice.pick(fragments);
    const grown = `${text.slice(0, from)}${piece.repeat(Math.ceil(Math.min(size, dice.pick([4_000, size])) / piece.length))}`;
    return [{ ...member, value: scalar(JSON.stringify(grown)) }];
  }
  const item = Buffer.from(printTree(value)).toString();
  const count = Math.max(1, Math.floor(size / (item.length + 1)));
  return [{ ...member, value: scalar(`[${Array.from({ length: count }, () => item).join(',')}]`) }];
};

const changes: readonly Change[] = [
  replaceValue,
  replaceValue,
  damageValue,
  damageValue,
  remove,
  duplicate,
  repeat,
  rename,
  add,
  add,
  graft,
  wrap,
  escapeKey,
  loneSurrogate,
];

function nameOf({ key }: Member): string {
  return unquoted(key);
}

function unquoted(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    return text.slice(1, -1);
  }
}
