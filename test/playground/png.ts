import { crc32, deflateSync } from 'node:zlib';

/** An image with three bytes for each pixel. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}

/**
 * Encodes an image with a palette (PNG, colour type 3), which makes pictures of text a third as large. Colours are rounded until at most 256
 * remain.
 */
export function encodePng({ width, height, rgb }: Pixels): Buffer {
  const { palette, indices } = reduceColours(rgb);
  const rows = Buffer.alloc((width + 1) * height);
  for (let row = 0; row < height; row += 1)
    rows.set(indices.subarray(row * width, (row + 1) * width), row * (width + 1) + 1);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const parts = [
    chunk('IHDR', header),
    chunk('PLTE', palette),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ];
  return Buffer.concat([signature, ...parts]);
}

/** Colours that become one are shown as the most frequent one of them. */
function reduceColours(rgb: Uint8Array): { readonly palette: Buffer; readonly indices: Uint8Array } {
  const exact = new Map<number, number>();
  for (let at = 0; at < rgb.length; at += 3) {
    const colour = colourAt(rgb, at);
    exact.set(colour, (exact.get(colour) ?? 0) + 1);
  }
  const byFrequency = [...exact].sort(([, one], [, other]) => other - one);
  for (const step of [4, 8, 12, 16, 24, 36, 51, 85]) {
    const round = (colour: number): string =>
      [16, 8, 0].map((shift) => Math.round(((colour >> shift) & 255) / step)).join();
    const palette: number[] = [];
    const byBucket = new Map<string, number>();
    const byColour = new Map<number, number>();
    for (const [colour] of byFrequency) {
      const index = byBucket.get(round(colour)) ?? palette.push(colour) - 1;
      byBucket.set(round(colour), index);
      byColour.set(colour, index);
    }
    if (palette.length > 256) continue;
    const indices = Uint8Array.from(
      { length: rgb.length / 3 },
      (_, pixel) => byColour.get(colourAt(rgb, 3 * pixel)) ?? 0,
    );
    return {
      palette: Buffer.from(palette.flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255])),
      indices,
    };
  }
  throw new Error('more than 256 colours of 64');
}

function colourAt(rgb: Uint8Array, at: number): number {
  return ((rgb[at] ?? 0) << 16) | ((rgb[at + 1] ?? 0) << 8) | (rgb[at + 2] ?? 0);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}
