/**
 * Screenshots of each tab in both themes, which are also the pictures of docs/usage/playground.md. They are compared with a tolerance, since fonts
 * differ between machines; `UPDATE_GOLDENS=1` rewrites them.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { openTab, type Stage, skipBrowser, startStage } from './browser.ts';
import { root } from './goldens.ts';

const pictures = path.join(root, 'docs/usage/playground');
const tabs = ['findings', 'change', 'values', 'objects', 'picture', 'capacity'] as const;
const skip = skipBrowser;
let stage: Stage;

before(async () => {
  if (skip === false) stage = await startStage();
});
after(async () => {
  if (skip === false) await stage.close();
});

/** Two changes of the example: one that is accepted, and one that has a warning. */
const edit = `(text) => text.replace('vethMTU: "1440"', 'vethMTU: "1430"').replace('enabled: true\\n      vxlan', 'enabled: true\\n        createPodRoutes: true\\n      vxlan')`;

for (const theme of ['light', 'dark'] as const)
  test(`the tabs look as in the documentation, ${theme}`, { skip }, async () => {
    const { page } = await stage.open({ theme, width: 1120, height: 680 });
    await page.evaluate(`(() => { const { text } = netextExamples[0]; globalThis.changed = (${edit})(text); })()`);
    await page.locator('.cm-content').click();
    await page.keyboard.press('Control+a');
    await page.keyboard.press('Delete');
    await page.keyboard.insertText(await page.evaluate<string>('changed'));
    await page.locator('.verdict', { hasText: 'warning' }).waitFor();
    await page.locator('h1').click();
    await page.evaluate('document.activeElement.blur(); scrollTo(0, 0)');
    for (const tab of tabs) {
      await openTab(page, tab);
      await page.mouse.move(0, 0);
      await compare(page, {
        name: `${tab}-${theme}`,
        image: await page.screenshot({ type: 'png', animations: 'disabled', scale: 'css' }),
      });
    }
  });

interface Shot {
  readonly name: string;
  readonly image: Buffer;
}

/** Small blocks of pixels are compared by their mean colours, so that the edges of glyphs do not matter. */
async function compare(page: Page, { name, image }: Shot): Promise<void> {
  const file = path.join(pictures, `${name}.png`);
  if (process.env['UPDATE_GOLDENS'] === '1') {
    mkdirSync(pictures, { recursive: true });
    writeFileSync(file, await shrink(page, image));
    return;
  }
  assert.ok(existsSync(file), `${file} does not exist: UPDATE_GOLDENS=1`);
  const stored = readFileSync(file);
  assert.ok(stored.length < 60_000, `${name} has ${stored.length} bytes`);
  const different = await differentBlocks(page, [stored, await shrink(page, image)]);
  assert.ok(different < 0.06, `${name}: ${(different * 100).toFixed(1)} % of the blocks differ`);
}

/** A page of its own without a policy, where images may be drawn. */
async function canvas<T>(page: Page, script: string): Promise<T> {
  const blank = await page.context().newPage();
  try {
    return (await blank.evaluate(script)) as T;
  } finally {
    await blank.close();
  }
}

/** Reduces the colours to 12 bits, which makes the file half as large and changes no word. */
async function shrink(page: Page, image: Buffer): Promise<Buffer> {
  const data = await canvas<string>(
    page,
    `(async () => {
      const bitmap = await createImageBitmap(await (await fetch('data:image/png;base64,${image.toString('base64')}')).blob());
      const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
      const context = canvas.getContext('2d');
      context.drawImage(bitmap, 0, 0);
      const pixels = context.getImageData(0, 0, canvas.width, canvas.height);
      for (let at = 0; at < pixels.data.length; at += 1) if (at % 4 !== 3) pixels.data[at] = Math.round(pixels.data[at] / 17) * 17;
      context.putImageData(pixels, 0, 0);
      const bytes = new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer());
      return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
    })()`,
  );
  return Buffer.from(data, 'base64');
}

/** Returns the share of blocks of 20 by 20 pixels whose mean colours differ visibly; 1 for images of different sizes. */
async function differentBlocks(page: Page, [one, other]: readonly [Buffer, Buffer]): Promise<number> {
  return canvas<number>(
    page,
    `(async () => {
      const size = 20;
      const read = async (text) => {
        const bitmap = await createImageBitmap(await (await fetch('data:image/png;base64,' + text)).blob());
        const canvas = new OffscreenCanvas(Math.ceil(bitmap.width / size), Math.ceil(bitmap.height / size));
        const context = canvas.getContext('2d');
        context.imageSmoothingQuality = 'high';
        context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
        return { width: canvas.width, height: canvas.height, data: context.getImageData(0, 0, canvas.width, canvas.height).data };
      };
      const [a, b] = [await read('${one.toString('base64')}'), await read('${other.toString('base64')}')];
      if (a.width !== b.width || a.height !== b.height) return 1;
      let different = 0;
      for (let at = 0; at < a.data.length; at += 4)
        if ([0, 1, 2].some((channel) => Math.abs(a.data[at + channel] - b.data[at + channel]) > 40)) different += 1;
      return different / (a.width * a.height);
    })()`,
  );
}
