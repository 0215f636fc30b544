import type { ChangeEffects } from '../changes/effects.ts';
import { describeNodes, inWords, isSingle, type NodeCount, type WorkloadChange } from '../changes/workloads.ts';
import type { Impact } from '../network/effects.ts';
import { withAddresses } from '../network/pages.ts';
import { type Paint, painter } from './problems.ts';
import { oneLine, type Screen } from './terminal.ts';

/** Prints the effects of a change for owners of shoots: the worst effect, then what restarts, what changes, and what to do. */
export function reportEffects({
  name,
  effects,
  screen,
}: {
  readonly name: string;
  readonly effects: ChangeEffects;
  readonly screen: Screen;
}): void {
  const paint = painter(screen);
  screen.write(headline({ name, effects, paint }));
  const width = Math.min(screen.width ?? maxWidth, maxWidth);
  for (const { label, texts } of effectSections(effects))
    for (const [index, text] of texts.entries())
      screen.write(paragraph({ label: index === 0 ? label : '', text, width, paint }));
}

/** Longer lines are hard to read. */
const maxWidth = 100;

/** Returns the first line of a diff. */
export function headline({
  name,
  effects: { impact, summary },
  paint,
}: {
  readonly name: string;
  readonly effects: Pick<ChangeEffects, 'impact' | 'summary'>;
  readonly paint: Paint;
}): string {
  const [style, mark] = marks[impact];
  return `${paint(style, mark)} ${paint('bold', name)}: ${oneLine(summary.text)}\n`;
}

const marks: Readonly<Record<Impact, readonly ['green' | 'yellow' | 'red', string]>> = {
  none: ['green', '='],
  'no-restart': ['yellow', '~'],
  restart: ['yellow', '~'],
  interruption: ['red', '!'],
  addresses: ['red', '!'],
  refused: ['red', '✗'],
};

export interface EffectSection {
  readonly label: string;
  readonly texts: readonly string[];
}

/** Returns the statements about a change below the first line, in sections that are not empty. */
export function effectSections(effects: ChangeEffects): readonly EffectSection[] {
  const { also, rolls, nodes, dataPath, manual, order, back, summary, impact } = effects;
  const of = (change: WorkloadChange['change']) => rolls.filter((one) => one.change === change);
  const steps = (when: 'before' | 'after') => manual.filter((one) => one.when === when).map(({ text }) => text);
  const sections: readonly EffectSection[] = [
    { label: 'also', texts: also.map(({ text }) => text) },
    { label: 'rolls', texts: of('restart').map((one) => restartText(one, nodes)) },
    { label: 'starts', texts: joined(of('start')) },
    { label: 'ends', texts: joined(of('end')) },
    {
      label: 'data path',
      texts: dataPath.map(({ about, before = 'none', after = 'none' }) => `${about}: ${before} → ${after}`),
    },
    { label: 'before', texts: steps('before') },
    { label: 'after', texts: steps('after') },
    { label: 'order', texts: order.map(({ text }) => text) },
    { label: 'back', texts: back.map(({ text }) => text) },
    { label: 'more', texts: impact === 'none' ? [] : [`${withAddresses(summary.page)} [${summary.code}]`] },
  ];
  return sections.filter(({ texts }) => texts.length > 0);
}

function joined(changes: readonly WorkloadChange[]): readonly string[] {
  return changes.length === 0 ? [] : [changes.map(({ name }) => name).join(', ')];
}

function restartText({ name, everyNode, atATime }: WorkloadChange, nodes: NodeCount): string {
  if (everyNode && isSingle(nodes)) return `${name} on ${describeNodes(nodes)}`;
  if (atATime === undefined) return `${name}, all pods at once`;
  return `${name}${everyNode ? ` on ${describeNodes(nodes)}` : ''}, ${inWords(atATime)} at a time`;
}

const indent = 13;

interface Paragraph {
  readonly label: string;
  readonly text: string;
  readonly width: number;
  readonly paint: Paint;
}

/** Formats a text beside a label; long lines are broken at blanks. */
function paragraph({ label, text, width, paint }: Paragraph): string {
  const lines = wrap(oneLine(text), Math.max(30, width - indent));
  const head = `  ${label.padEnd(indent - 2)}`;
  return lines.map((line, index) => `${index === 0 ? paint('dim', head) : ' '.repeat(indent)}${line}\n`).join('');
}

function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length + 1 > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
