import { request } from 'node:http';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRecord } from '../../../pkg/gardener/objects.ts';
import type { Container } from '../arena/container.ts';
import type { Node } from '../arena/node.ts';
import { lastLines } from '../cni/workload.ts';

const readyTimeoutMs = 120_000;

/** Waits until an agent is ready. Throws with the end of its log if it ends, or after 2 minutes. */
export async function ready(agent: Container, node: Node): Promise<void> {
  const deadline = Date.now() + readyTimeoutMs;
  for (;;) {
    const status = await agentStatus(node);
    if (status === 'Ok') return;
    const ended = agent.exit();
    const why = ended === undefined ? `is not ready (${status})` : `ended with ${ended}`;
    if (ended !== undefined || Date.now() > deadline)
      throw new Error(`cilium-agent on ${node.name} ${why}:\n${lastLines(agent)}`);
    await sleep(200);
  }
}

/** Asks the agent as its readiness probe does; returns the state, or the error. */
async function agentStatus(node: Node): Promise<string> {
  const socketPath = path.join(node.root, 'run/cilium/cilium.sock');
  try {
    const text = await get({ socketPath, path: '/v1/healthz', headers: { brief: 'true' }, timeout: 5_000 });
    const body: unknown = JSON.parse(text);
    const status = isRecord(body) && isRecord(body['cilium']) ? body['cilium'] : {};
    return status['state'] === 'Ok' ? 'Ok' : `${String(status['state'])}: ${String(status['msg'])}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function get(options: {
  readonly socketPath: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly timeout: number;
}): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    });
    sent.on('error', reject);
    sent.on('timeout', () => sent.destroy(new Error('timeout')));
    sent.end();
  });
}
