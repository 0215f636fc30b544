import type { PacketPath, Place, Step } from './packet-paths.ts';
import type { FamilyPicture } from './picture.ts';

/** A picture as boxes and lines, without a drawing library: the caller turns them into SVG. Units are those of the view box. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly Box[];
  readonly lines: readonly Line[];
}

export interface Box {
  readonly id: Place | 'node range a' | 'node range b' | 'services';
  readonly style: 'node' | 'pod' | 'network' | 'outside' | 'service';
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly title: string;
  /** Further lines of text below the title. */
  readonly lines: readonly string[];
}

export interface Line {
  readonly from: Point;
  readonly to: Point;
  readonly style: 'link' | 'broken' | 'step' | 'lost';
  /** The number of a step, in a circle in the middle. */
  readonly number?: number;
  readonly label?: string;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** `wide`: the nodes are side by side; `narrow`: one above the other, for small screens. */
export type Shape = 'wide' | 'narrow';

export interface LayoutInput {
  readonly picture: FamilyPicture;
  readonly packet: PacketPath;
  readonly shape: Shape;
  /** The component that handles Services, and that of DNS. */
  readonly services: string;
  readonly dns: string;
}

/** Returns the drawing of two nodes, the network between them, and the steps of a packet. */
export function layOut(input: LayoutInput): Drawing {
  const grid = input.shape === 'wide' ? wide : narrow;
  const boxes = createBoxes(input, grid);
  const at = (id: Place): Box => boxes.find((one) => one.id === id) ?? (boxes[0] as Box);
  const { kind, label } = input.picture.link;
  const link = (from: Place, to: Place, text?: string): Line => ({
    ...between(at(from), at(to)),
    style: kind === 'broken' ? 'broken' : 'link',
    ...(text === undefined ? {} : { label: text }),
  });
  return {
    width: grid.width,
    height: grid.height,
    boxes,
    lines: [link('node a', 'network', label), link('network', 'node b'), ...stepLines(input.packet.steps, at)],
  };
}

interface Grid {
  readonly width: number;
  readonly height: number;
  readonly places: Readonly<Record<Place | 'services', readonly [x: number, y: number, width: number, height: number]>>;
}

const wide: Grid = {
  width: 940,
  height: 370,
  places: {
    'node a': [16, 16, 280, 250],
    services: [32, 90, 204, 64],
    'pod a': [32, 184, 248, 66],
    network: [375, 81, 190, 120],
    'node b': [644, 16, 280, 250],
    'pod b': [660, 184, 248, 66],
    internet: [375, 292, 190, 62],
    dns: [16, 292, 280, 62],
  },
};

const narrow: Grid = {
  width: 340,
  height: 770,
  places: {
    'node a': [10, 10, 320, 240],
    services: [26, 82, 214, 64],
    'pod a': [26, 172, 288, 62],
    network: [60, 304, 220, 96],
    'node b': [10, 456, 320, 180],
    'pod b': [26, 558, 288, 62],
    internet: [180, 692, 150, 62],
    dns: [10, 692, 150, 62],
  },
};

function createBoxes({ picture, services, dns }: LayoutInput, { places }: Grid): readonly Box[] {
  const { nodes, link, path, service } = picture;
  const box = (id: Place | 'services', content: Pick<Box, 'style' | 'title' | 'lines'>): Box => {
    const [x, y, width, height] = places[id];
    return { id, x, y, width, height, ...content };
  };
  const node = (index: 0 | 1): readonly Box[] => {
    const { name, address, range, pod } = nodes[index];
    const letter = index === 0 ? 'a' : 'b';
    return [
      box(`node ${letter}`, {
        style: 'node',
        title: name,
        lines: [address, range === undefined ? path.addresses : `pods: ${range}`],
      }),
      box(`pod ${letter}`, { style: 'pod', title: pod.name, lines: [pod.address] }),
    ];
  };
  return [
    ...node(0),
    box('services', { style: 'service', title: 'Services', lines: [service, services] }),
    ...node(1),
    box('network', {
      style: 'network',
      title: 'network',
      lines: networkLines(path.reach, link.encrypted),
    }),
    box('internet', { style: 'outside', title: 'Internet', lines: [] }),
    box('dns', { style: 'outside', title: 'DNS', lines: [dns] }),
  ];
}

function networkLines(reach: FamilyPicture['path']['reach'], encrypted: boolean): readonly string[] {
  const text = {
    'any network': ['needs no routes to pods'],
    'networks that route the pod range of each node': ['routes the pod range', 'of each node'],
    'nodes in one subnet': ['one subnet', 'for all nodes'],
    'no network': ['packets between pods', 'are lost'],
  } as const;
  return [...text[reach], ...(encrypted ? ['sees encrypted packets'] : [])];
}

/** Steps along the same line are drawn beside each other. */
function stepLines(steps: readonly Step[], at: (id: Place) => Box): readonly Line[] {
  return steps.flatMap(({ from, to, lost }, index): readonly Line[] => {
    if (from === to) return [];
    const { from: start, to: end } = between(at(from), at(to));
    const shift = lost === true ? { x: (start.x + end.x) / 2, y: (start.y + end.y) / 2 } : end;
    return [{ from: start, to: shift, style: lost === true ? 'lost' : 'step', number: index + 1 }];
  });
}

/** Returns the ends of the line between two boxes: on their facing sides, or inside of a box that contains the other one. */
function between(one: Box, other: Box): { readonly from: Point; readonly to: Point } {
  if (contains(one, other)) return reverse(exit(other, one));
  if (contains(other, one)) return exit(one, other);
  return { from: side(one, other), to: side(other, one) };
}

function reverse({ from, to }: { readonly from: Point; readonly to: Point }): {
  readonly from: Point;
  readonly to: Point;
} {
  return { from: to, to: from };
}

function contains(outer: Box, inner: Box): boolean {
  return (
    inner.x >= outer.x &&
    inner.y >= outer.y &&
    inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height
  );
}

/** The line from a pod to the upper part of its node. */
function exit(pod: Box, node: Box): { readonly from: Point; readonly to: Point } {
  const x = pod.x + pod.width - 18;
  return { from: { x, y: pod.y }, to: { x, y: node.y + 84 } };
}

function side(box: Box, towards: Box): Point {
  const [cx, cy] = [box.x + box.width / 2, box.y + box.height / 2];
  const [dx, dy] = [towards.x + towards.width / 2 - cx, towards.y + towards.height / 2 - cy];
  const scale = Math.min(box.width / 2 / Math.max(Math.abs(dx), 1), box.height / 2 / Math.max(Math.abs(dy), 1));
  return { x: Math.round(cx + dx * scale), y: Math.round(cy + dy * scale) };
}
