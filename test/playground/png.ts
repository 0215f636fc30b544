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

function reduceColours(rgb: Uint8Array): { readonly palette: Buffer; readonly indices: Uint8Array } {
  for (const step of [8, 12, 16, 24, 36, 51, 85]) {
    const colours = new Map<number, number>();
    const indices = new Uint8Array(rgb.length / 3);
    const round = (value = 0): number => Math.min(255, Math.round(value / step) * step);
    for (let at = 0; at < rgb.length && colours.size <= 256; at += 3) {
      const colour = (round(rgb[at]) << 16) | (round(rgb[at + 1]) << 8) | round(rgb[at + 2]);
      const index = colours.get(colour) ?? colours.size;
      colours.set(colour, index);
      indices[at / 3] = index;
    }
    if (colours.size > 256) continue;
    const palette = Buffer.from(
      [...colours.keys()].flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]),
    );
    return { palette, indices };
  }
  throw new Error('more than 256 colours of 64');
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}
