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
import { encodePng } from './png.ts';

const pictures = path.join(root, 'docs/usage/playground');
const tabs = ['findings', 'change', 'values', 'objects', 'picture', 'policies', 'capacity'] as const;
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

/** For the picture of policies. */
const policies = ['web', 'api', 'db']
  .map(
    (name, index) => `---
apiVersion: v1
kind: Pod
metadata: { name: ${name}, namespace: shop, labels: { app: ${name} } }
spec: { containers: [{ name: main, ports: [{ containerPort: ${8080 + index} }] }] }
`,
  )
  .concat(`---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: db, namespace: shop }
spec:
  podSelector: { matchLabels: { app: db } }
  policyTypes: [Ingress]
  ingress: [{ from: [{ podSelector: { matchLabels: { app: api } } }] }]
`)
  .join('');

for (const theme of ['light', 'dark'] as const)
  test(`the tabs look as in the documentation, ${theme}`, { skip }, async () => {
    const { page } = await stage.open({ theme, width: 1240, height: 700 });
    await page.evaluate(`(() => { const { text } = netextExamples[0]; globalThis.changed = (${edit})(text); })()`);
    await page.locator('.cm-content').click();
    await page.keyboard.press('Control+a');
    await page.keyboard.press('Delete');
    await page.keyboard.insertText(`${(await page.evaluate<string>('changed')).trimEnd()}\n${policies}`);
    await page.locator('.verdict', { hasText: 'warning' }).waitFor();
    await page.getByRole('button', { name: 'line 46' }).click();
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

/** Returns the image with a palette, as it is stored. */
async function shrink(page: Page, image: Buffer): Promise<Buffer> {
  const { width, height, rgb } = await canvas<{
    readonly width: number;
    readonly height: number;
    readonly rgb: string;
  }>(
    page,
    `(async () => {
      const bitmap = await createImageBitmap(await (await fetch('data:image/png;base64,${image.toString('base64')}')).blob());
      const { width, height } = bitmap;
      const context = new OffscreenCanvas(width, height).getContext('2d');
      context.drawImage(bitmap, 0, 0);
      const { data } = context.getImageData(0, 0, width, height);
      let rgb = '';
      for (let at = 0; at < data.length; at += 4) rgb += String.fromCharCode(data[at], data[at + 1], data[at + 2]);
      return { width, height, rgb: btoa(rgb) };
    })()`,
  );
  return encodePng({ width, height, rgb: Buffer.from(rgb, 'base64') });
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
