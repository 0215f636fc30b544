/** Lets agent and operator validate the configuration of every golden, in this arena. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { loadAll } from 'js-yaml';
import { ip } from '../arena/command.ts';
import { createNode } from '../arena/node.ts';
import { addresses, createFabric } from '../arena/topology.ts';
import { agentImage, renderCilium } from '../cilium/cilium.ts';
import { checkConfig } from '../cilium/config-check.ts';
import type { CiliumPrograms } from '../cilium/programs.ts';

export interface ConfigVerdict {
  readonly golden: string;
  readonly problems: readonly string[];
}

const folder = path.join(import.meta.dirname, '../../../pkg/cilium/testdata/plan');

/** Returns false if agent or operator object to one. Cases for which nothing is rendered are left out. */
export async function checkGoldens(
  programs: CiliumPrograms,
  onVerdict: (verdict: ConfigVerdict) => void,
): Promise<boolean> {
  await createFabric();
  await ip('link set fabric down');
  const node = await createNode({ name: 'node-1', addresses: addresses.node(1), podRanges: ['100.64.1.0/24'] });
  const image = agentImage(programs);
  let passed = true;
  for (const golden of readdirSync(folder).sort()) {
    const documents = loadAll(readFileSync(path.join(folder, golden, 'input.yaml'), 'utf8'));
    const objects = renderIfPlanned(documents);
    if (objects === undefined) continue;
    const problems = await checkConfig({ node, objects, image });
    passed &&= problems.length === 0;
    onVerdict({ golden, problems });
  }
  return passed;
}

function renderIfPlanned(documents: readonly unknown[]): ReturnType<typeof renderCilium> | undefined {
  try {
    return renderCilium(documents);
  } catch {
    return undefined;
  }
}
