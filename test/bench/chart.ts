/** Line charts as SVG, for docs/design. */
import type { Point } from './slope.ts';

export interface Chart {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly lines: readonly { readonly name: string; readonly points: readonly Point[] }[];
}

const size = { width: 360, height: 240, left: 52, right: 16, top: 34, bottom: 40 } as const;
const colours = ['#1f77b4', '#d62728', '#2ca02c', '#9467bd'] as const;

/** Returns one SVG with the charts side by side. Both axes start at 0. */
export function chartsSvg(charts: readonly Chart[]): string {
  const width = size.width * charts.length;
  const body = charts.map((chart, index) => `<g transform="translate(${index * size.width} 0)">${drawn(chart)}</g>`);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${size.height}" font-family="sans-serif" font-size="11">`,
    `<rect width="${width}" height="${size.height}" fill="white"/>`,
    ...body,
    '</svg>',
    '',
  ].join('\n');
}

function drawn({ title, xLabel, yLabel, lines }: Chart): string {
  const all = lines.flatMap((line) => line.points);
  const [maxX, maxY] = [roundUp(Math.max(...all.map(({ x }) => x))), roundUp(Math.max(...all.map(({ y }) => y)))];
  const { width, height, left, right, top, bottom } = size;
  const atX = (x: number): string => (left + (x / maxX) * (width - left - right)).toFixed(1);
  const atY = (y: number): string => (height - bottom - (y / maxY) * (height - top - bottom)).toFixed(1);
  const steps = [0, 0.25, 0.5, 0.75, 1];
  return [
    text({ x: left, y: 14, weight: 'bold' }, title),
    ...steps.map((step) => `<path d="M${atX(0)} ${atY(step * maxY)}H${atX(maxX)}" stroke="#ddd"/>`),
    ...steps.map((step) => text({ x: left - 5, y: Number(atY(step * maxY)) + 4, anchor: 'end' }, short(step * maxY))),
    ...steps.map((step) =>
      text({ x: Number(atX(step * maxX)), y: height - bottom + 14, anchor: 'middle' }, short(step * maxX)),
    ),
    text({ x: (left + width - right) / 2, y: height - 8, anchor: 'middle' }, xLabel),
    text({ x: left, y: 28 }, yLabel),
    ...lines.flatMap(({ name, points }, index) => {
      const colour = colours[index % colours.length];
      const path = points.map(({ x, y }, step) => `${step === 0 ? 'M' : 'L'}${atX(x)} ${atY(y)}`).join('');
      return [
        `<path d="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`,
        ...points.map(({ x, y }) => `<circle cx="${atX(x)}" cy="${atY(y)}" r="2.5" fill="${colour}"/>`),
        text({ x: width - right, y: top + 8 + index * 13, anchor: 'end', colour }, name),
      ];
    }),
  ].join('\n');
}

interface TextStyle {
  readonly x: number;
  readonly y: number;
  readonly anchor?: 'middle' | 'end';
  readonly weight?: 'bold';
  readonly colour?: string | undefined;
}

function text({ x, y, anchor, weight, colour }: TextStyle, content: string): string {
  const style = [
    anchor === undefined ? '' : ` text-anchor="${anchor}"`,
    weight === undefined ? '' : ` font-weight="${weight}"`,
    colour === undefined ? '' : ` fill="${colour}"`,
  ].join('');
  const escaped = content.replace(/[&<>]/g, (char) => `&#${char.charCodeAt(0)};`);
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}"${style}>${escaped}</text>`;
}

/** Returns the next of 1, 2, 4, 5, 8, 10 times a power of ten. */
function roundUp(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 4, 5, 8, 10].find((step) => step * power >= value) ?? 10) * power;
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
