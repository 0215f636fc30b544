import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createFileServer } from './files.ts';

/** A running file server on the loopback interface. */
export interface PlaygroundServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves the page on 127.0.0.1 only. With port 0 the system chooses one. Rejects if the port is in use. */
export async function servePlayground(input: {
  readonly folder: string;
  readonly port: number;
  /** The content of config.js. */
  readonly config?: string | undefined;
}): Promise<PlaygroundServer> {
  const { folder, port, config } = input;
  const respond = createFileServer({ folder, ...(config === undefined ? {} : { replaced: { 'config.js': config } }) });
  const server = createServer((request, response) => {
    const { method = '', url = '' } = request;
    const answer = async (): Promise<void> => {
      const { status, headers, body } = await respond({ method, url });
      response.writeHead(status, headers);
      response.end(method === 'HEAD' ? undefined : body);
    };
    void answer();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const { port: actual } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${actual}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
