/** Starts Debian's or another Chromium for tests of the playground; nothing is downloaded. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { type PlaygroundServer, servePlayground } from '../../controllers/process/playground/serve.ts';
import type { Question } from '../../pkg/playground/model/evaluate.ts';
import { decodeQuestion } from '../../pkg/playground/model/share.ts';
import { root } from './goldens.ts';

/** The build that the tests open. */
export const folder: string = path.join(root, 'dist/playground');

const candidates = [
  process.env['CHROMIUM'] ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
];

const executable = candidates.find((one) => one !== '' && existsSync(one));

/** The reason why no test of this kind can run, for `skip`; false if they can. It is printed as well, so that a skip is seen. */
export const skipBrowser: string | false = findReason();

function findReason(): string | false {
  const reason =
    executable === undefined
      ? 'no Chromium: apt-get install chromium, or set CHROMIUM'
      : existsSync(path.join(folder, 'index.html'))
        ? false
        : 'dist/playground does not exist, run make playground';
  if (reason !== false) console.log(`SKIPPED: the playground in a browser: ${reason}`);
  return reason;
}

/** A browser and a server of the page. */
export interface Stage {
  readonly server: PlaygroundServer;
  readonly browser: Browser;
  /** Opens the page and waits for the editor. Every error of the page fails the test, unless it is expected. */
  open(input?: OpenInput): Promise<OpenedPage>;
  close(): Promise<void>;
}

export interface OpenInput {
  /** The part of the address after the server. */
  readonly path?: string;
  readonly theme?: 'light' | 'dark';
  readonly width?: number;
  readonly height?: number;
}

export interface OpenedPage {
  readonly page: Page;
  /** Errors of scripts, and messages of the console that are errors. */
  readonly errors: readonly string[];
}

export async function startStage(): Promise<Stage> {
  const server = await servePlayground({ folder, port: 0 });
  // The sandbox needs rights that containers do not have; the page is our own.
  const browser = await chromium.launch({
    ...(executable && { executablePath: executable }),
    args: ['--no-sandbox', '--font-render-hinting=none', '--disable-lcd-text', '--force-color-profile=srgb'],
  });
  return {
    server,
    browser,
    async open({ path: place = '', theme = 'light', width = 1280, height = 860 } = {}) {
      const context = await browser.newContext({
        viewport: { width, height },
        colorScheme: theme,
        reducedMotion: 'reduce',
      });
      const page = await context.newPage();
      const errors: string[] = [];
      page.on('pageerror', (error) => errors.push(error.message));
      page.on('console', (message) => {
        if (message.type() === 'error') errors.push(message.text());
      });
      await page.goto(`${server.url}${place}`);
      await page.waitForSelector('.editor[data-ready]');
      return { page, errors };
    },
    async close() {
      await browser.close();
      await server.close();
    },
  };
}

/** The editor, which is in a shadow root. */
export const editor = '.cm-content';

/** Replaces the text of the editor as a user would. */
export async function typeText(page: Page, text: string): Promise<void> {
  await page.locator(editor).click();
  await page.keyboard.press('Control+a');
  // Replacing styled text makes the browser add inline styles, which the policy blocks, and of which the page makes no use.
  await page.keyboard.press('Delete');
  await page.keyboard.insertText(text);
}

/** Opens a tab, and returns its panel. */
export async function openTab(page: Page, name: string): Promise<ReturnType<Page['locator']>> {
  await page.locator(`#tab-${name}`).click();
  return page.locator('#panel');
}

/** Waits until the question in the address of the page has a property, and returns it. The page writes its address a moment after an edit. */
export async function waitForQuestion(page: Page, isExpected: (question: Question) => boolean): Promise<Question> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const question = decodeQuestion(await page.evaluate<string>('location.hash.slice(1)'));
    if (question !== undefined && isExpected(question)) return question;
    await page.waitForTimeout(50);
  }
  throw new Error(`the address never has the expected question: ${await page.evaluate<string>('location.hash')}`);
}
