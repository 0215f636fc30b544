/** Lets agent and operator validate the configuration of every golden, in this arena. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { loadAll } from 'js-yaml';
import { type KubeObject, recordOf } from '../../../pkg/gardener/objects.ts';
import { ip } from '../arena/command.ts';
import { createNode } from '../arena/node.ts';
import { addresses, createFabric } from '../arena/topology.ts';
import { agentImage } from '../cilium/cilium.ts';
import { checkConfig, knownOptions } from '../cilium/config-check.ts';
import type { CiliumPrograms } from '../cilium/programs.ts';
import { renderNetwork } from '../cni/rendering.ts';

export interface ConfigVerdict {
  readonly golden: string;
  readonly problems: readonly string[];
}

const folder = path.join(import.meta.dirname, '../../../pkg/cilium/testdata/plan');

/** Wrong changes of a valid configuration, each with what agent or operator say about it. */
const controls: readonly { readonly title: string; readonly data: ConfigData; readonly refused: RegExp }[] = [
  { title: 'an unknown key', data: { 'enable-ipv7': 'true' }, refused: /has an option enable-ipv7/ },
  { title: 'a word in place of a truth value', data: { 'enable-ipv4': 'yes' }, refused: /enable-ipv4/ },
  {
    title: 'routes between nodes in an overlay',
    data: { 'auto-direct-node-routes': 'true' },
    refused: /auto-direct-node-routes cannot be used with tunneling/,
  },
  { title: 'no address family', data: { 'enable-ipv4': 'false' }, refused: /Either IPv4 or IPv6 addressing/ },
];

type ConfigData = Readonly<Record<string, string>>;

/**
 * Lets agent and operator judge the configuration of every golden for which something is rendered, then wrong ones, which they must refuse.
 * Returns false if one of these judgements is not the expected one.
 */
export async function checkGoldens(
  programs: CiliumPrograms,
  onVerdict: (verdict: ConfigVerdict) => void,
): Promise<boolean> {
  await createFabric();
  await ip('link set fabric down');
  const node = await createNode({ name: 'node-1', addresses: addresses.node(1), podRanges: ['100.64.1.0/24'] });
  const image = agentImage(programs);
  const base = renderGolden('default');
  if (base === undefined) throw new Error('nothing is rendered for the golden default');
  const known = await knownOptions({ node, objects: base, image });
  const check = (objects: readonly KubeObject[]) => checkConfig({ node, objects, image }, known);
  let passed = true;
  const report = (verdict: ConfigVerdict): void => {
    passed &&= verdict.problems.length === 0;
    onVerdict(verdict);
  };
  for (const golden of readdirSync(folder).sort()) {
    const objects = renderGolden(golden);
    if (objects !== undefined) report({ golden, problems: await check(objects) });
  }
  for (const { title, data, refused } of controls) {
    const problems = await check(base.map((object) => withConfig(object, data)));
    const found = problems.some((problem) => refused.test(problem));
    const wrong = `accepted, or refused for another reason: ${problems.join('; ')}`;
    report({ golden: `refused: ${title}`, problems: found ? [] : [wrong] });
  }
  return passed;
}

function withConfig(object: KubeObject, data: ConfigData): KubeObject {
  if (object.kind !== 'ConfigMap' || object.metadata.name !== 'cilium-config') return object;
  return { ...object, data: { ...recordOf(object['data']), ...data } };
}

function renderGolden(golden: string): readonly KubeObject[] | undefined {
  return renderNetwork(loadAll(readFileSync(path.join(folder, golden, 'input.yaml'), 'utf8')))?.objects;
}
