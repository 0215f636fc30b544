import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { exitCodes, type Terminal } from '../../../pkg/cli/terminal.ts';
import { errorMessage } from '../../../pkg/gardener/errors.ts';
import { InputError } from '../../../pkg/yaml/input.ts';
import { servePlayground } from './serve.ts';

export interface PlaygroundOptions {
  readonly port: string;
  /** Settings of the page, as JSON. */
  readonly config?: string;
  /** The folder of the page; default: beside the executable. */
  readonly folder?: string;
}

/** `netext playground`: serves the page of `make playground` on the loopback interface until it is stopped. Returns the exit code. */
export async function playground(
  { port, config, folder }: PlaygroundOptions,
  terminal: Terminal,
  stop: AbortSignal,
): Promise<number> {
  const server = await start({
    port: readPort(port),
    folder: folder ?? findFolder(),
    config: await readConfig(config),
  });
  terminal.out.write(`${server.url}\n`);
  await new Promise<void>((resolve) => {
    if (stop.aborted) resolve();
    stop.addEventListener('abort', () => resolve());
  });
  await server.close();
  return exitCodes.success;
}

async function start(input: Parameters<typeof servePlayground>[0]): ReturnType<typeof servePlayground> {
  try {
    return await servePlayground(input);
  } catch (error) {
    throw new InputError([{ message: `cannot listen on 127.0.0.1:${input.port}: ${errorMessage(error)}` }], {
      cause: error,
    });
  }
}

function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) throw new InputError([{ message: `--port: ${JSON.stringify(text)} is no port` }]);
  return port;
}

/** Beside the executable of `make build`, and in dist/ where the sources run. */
function findFolder(): string {
  const candidates = ['./playground/', '../../../dist/playground/'].map((one) => new URL(one, import.meta.url));
  const found = candidates.find((one) => existsSync(new URL('index.html', one)));
  if (found === undefined)
    throw new InputError([
      { message: 'the page is not built: run make playground, or specify its folder with --folder' },
    ]);
  return fileURLToPath(found);
}

/** Returns the content of config.js; undefined without a file. */
async function readConfig(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'));
    return `globalThis.netextPlayground = ${JSON.stringify(value)};\n`;
  } catch (error) {
    throw new InputError([{ file, message: errorMessage(error) }], { cause: error });
  }
}
