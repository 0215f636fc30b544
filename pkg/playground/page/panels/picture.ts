import type { VNode } from 'preact';
import { type Box, type Drawing, type Line, layOut, type Shape } from '../../model/layout.ts';
import type { PacketPath, Step } from '../../model/packet-paths.ts';
import type { FamilyPicture, Picture } from '../../model/picture.ts';
import { choice, empty, h, table } from '../elements.ts';
import type { View } from '../state.ts';
import { strings } from '../strings.ts';

const text = strings.picture;

/** Draws the pod network and the path of a packet, and lists its steps, which hold everything that the drawing shows. */
export function picturePanel(view: View): VNode {
  const picture = view.answer.picture();
  if (picture === undefined) return empty(text.none);
  const family = picture.families[Math.min(view.family, picture.families.length - 1)];
  const packet = family?.packets.find(({ to }) => to === view.packet) ?? family?.packets[0];
  if (family === undefined || packet === undefined) return empty(text.unknown);
  return h(
    'div',
    { class: 'picture' },
    h(
      'div',
      { class: 'choices' },
      choice({
        id: 'packet',
        label: text.packet,
        value: packet.to,
        options: family.packets.map(({ to }) => [to, text.destinations[to] ?? to]),
        onChange: (to) => view.update({ packet: to as PacketPath['to'] }),
      }),
      picture.families.length < 2
        ? null
        : choice({
            id: 'family',
            label: text.family,
            value: String(picture.families.indexOf(family)),
            options: picture.families.map((one, index) => [String(index), one.family]),
            onChange: (index) => view.update({ family: Number(index) }),
          }),
    ),
    ...(['wide', 'narrow'] as const).map((shape) => drawing({ picture, family, packet, shape })),
    h('ol', { class: 'steps', 'aria-label': text.destinations[packet.to] }, ...packet.steps.map(stepItem)),
    h('p', { class: packet.arrives ? 'fine' : 'lost' }, packet.arrives ? text.arrives : text.lost),
    packet.note === undefined ? null : h('p', { class: 'note' }, packet.note),
    factsTable(picture, family),
  );
}

interface DrawingInput {
  readonly picture: Picture;
  readonly family: FamilyPicture;
  readonly packet: PacketPath;
  readonly shape: Shape;
}

function drawing({ picture, family, packet, shape }: DrawingInput): VNode {
  const { services, dns } = picture.proxy;
  const plan = layOut({ picture: family, packet, shape, services, dns });
  const title = text.destinations[packet.to] ?? packet.to;
  return h(
    'svg',
    {
      class: `drawing ${shape}`,
      viewBox: `0 0 ${plan.width} ${plan.height}`,
      role: 'img',
      'aria-label': text.description(title, packet.steps.length),
      direction: 'ltr',
    },
    h(
      'defs',
      null,
      ...['step', 'lost'].map((style) =>
        h(
          'marker',
          {
            id: `${shape}-${style}`,
            viewBox: '0 0 8 8',
            refX: 7,
            refY: 4,
            markerWidth: 7,
            markerHeight: 7,
            orient: 'auto-start-reverse',
          },
          h('path', { d: 'M0 0 L8 4 L0 8 z', class: `arrow ${style}` }),
        ),
      ),
    ),
    ...plan.boxes.map(boxPart),
    ...plan.lines.map((line) => linePart(line, shape, plan)),
  );
}

function boxPart({ id, style, x, y, width, height, title, lines }: Box): VNode {
  return h(
    'g',
    { class: `box ${style}`, key: id },
    h('rect', { x, y, width, height, rx: 8 }),
    h('text', { x: x + 12, y: y + 22, class: 'title' }, title),
    ...lines.map((line, index) => h('text', { x: x + 12, y: y + 40 + index * 17 }, line)),
  );
}

function linePart({ from, to, style, number, label }: Line, shape: Shape, { width }: Drawing): VNode {
  const middle = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
  const marker = style === 'step' || style === 'lost' ? { 'marker-end': `url(#${shape}-${style})` } : {};
  return h(
    'g',
    { class: `line ${style}` },
    h('line', { x1: from.x, y1: from.y, x2: to.x, y2: to.y, ...marker }),
    label === undefined
      ? null
      : h(
          'text',
          {
            x: Math.min(middle.x + (shape === 'narrow' ? 12 : 0), width),
            y: middle.y - (shape === 'narrow' ? 0 : 14),
            class: 'label',
            'text-anchor': shape === 'narrow' ? 'start' : 'middle',
          },
          label,
        ),
    ...(number === undefined
      ? []
      : [
          h('circle', { cx: middle.x, cy: middle.y, r: 9 }),
          h('text', { x: middle.x, y: middle.y + 4, 'text-anchor': 'middle', class: 'number' }, String(number)),
        ]),
  );
}

function stepItem({ text: words, inner, outer, lost }: Step): VNode {
  return h(
    'li',
    { class: lost === true ? 'lost' : '' },
    h('p', null, words),
    h(
      'p',
      { class: 'header', dir: 'ltr' },
      text.header(inner.source, inner.destination),
      outer === undefined ? '' : ` ${text.wrapped(outer.protocol, outer.source, outer.destination)}`,
    ),
  );
}

function factsTable(
  { cni, traffic, proxy }: Picture,
  { path, pods, services, nodeRange, link, packets }: FamilyPicture,
): VNode {
  const { facts, ranges } = text;
  const masked = packets.find(({ to }) => to === 'internet')?.note === undefined;
  const by = path.egress?.replace('node address, by ', '') ?? traffic.policies;
  const rows: readonly (readonly [string, string | undefined])[] = [
    [facts.transport, `${link.label}, ${path.reach}`],
    [facts.addresses, path.addresses],
    [facts.routes, path.routes],
    [facts.services, proxy.services],
    [facts.dns, proxy.dns],
    [facts.policies, `${traffic.policies} of ${cni}`],
    [facts.egress, masked ? text.masqueraded(by) : text.plain],
    [facts.encryption, encryptionText(traffic)],
    [ranges.pods, pods],
    [ranges.services, services],
    [ranges.nodes, nodeRange],
  ];
  return table({
    caption: path.family,
    head: [path.family, cni],
    rows: rows.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  });
}

function encryptionText({ encryption }: Picture['traffic']): string {
  const { none, pods, nodes, strict } = text.encryption;
  if (encryption === undefined) return none;
  return `${encryption.protocol} ${encryption.nodes ? nodes : pods}${encryption.strict ? strict : ''}`;
}
