import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { printYaml } from '../../pkg/yaml/print.ts';
import { parseBlocks } from '../../test/support/usage-docs.ts';
import { createExamples } from '../../test/support/usage-shoots.ts';

/** An example of the menu; as in pkg/playground/page/config.ts. */
interface Example {
  readonly id: string;
  readonly group: string;
  readonly title: string;
  readonly text: string;
}

/**
 * Returns the examples of the page: example/, the YAML blocks of docs/usage, and a few test cases. The page of a block and its number among
 * the blocks that can be loaded are its identifier, such as `calico-1`.
 */
export function readExamples(root: URL): readonly Example[] {
  const folder = fileURLToPath(root);
  const read = (file: string): string => readFileSync(path.join(folder, file), 'utf8');
  const files = [
    ['example/30-shoot.yaml', 'Shoot'],
    ['example/20-network.yaml', 'Network of Calico with its Cluster'],
    ['example/21-network-cilium.yaml', 'Network of Cilium with its Cluster'],
  ] as const;
  return [
    ...files.map(([file, title]) => ({
      id: path.basename(file, '.yaml'),
      group: 'Complete objects',
      title,
      text: read(file),
    })),
    ...globSync('docs/usage/*.md', { cwd: folder })
      .sort()
      .flatMap((file) => pageExamples(path.basename(file, '.md'), read(file))),
    ...goldens(folder, read),
  ];
}

function pageExamples(page: string, markdown: string): readonly Example[] {
  const title = /^# (.+)$/m.exec(markdown)?.[1] ?? page;
  const blocks = parseBlocks(page, markdown).filter(
    ({ language, claim }) => language === 'yaml' && claim.outcome !== 'other',
  );
  return blocks.flatMap((block, number) => {
    const before = markdown.split('\n').slice(0, block.line).join('\n');
    const heading = Array.from(before.matchAll(/^#{2,4} (.+)$/gm)).at(-1)?.[1] ?? title;
    const { outcome } = block.claim;
    const variants = completeTexts(block.text);
    return variants.map(({ cni, text }) => {
      const suffix = variants.length === 1 ? '' : `-${cni}`;
      const words = [heading.replaceAll('`', ''), cni, ...(outcome === 'valid' ? [] : [outcome])];
      return { id: `${page}-${number + 1}${suffix}`, group: title, title: words.join(', '), text };
    });
  });
}

/** Returns the text of a block as the page can read it: fragments are completed to a Shoot, one for each CNI if they name none. */
function completeTexts(text: string): readonly { readonly cni: string; readonly text: string }[] {
  return createExamples(text).map((one) => {
    const isWhole = one.base === undefined || /^kind: NetworkConfig$/m.test(text);
    return { cni: one.cni, text: isWhole ? text : printYaml(JSON.parse(one.text) as object) };
  });
}

/** A few goldens with many options at once. */
function goldens(folder: string, read: (file: string) => string): readonly Example[] {
  const chosen = [
    'everything',
    'dual-stack',
    'ebpf-without-kube-proxy',
    'overlay-off',
    'wireguard-strict',
    'self-hosted',
  ];
  return globSync(`pkg/{calico,cilium}/testdata/plan/{${chosen.join(',')}}/input.yaml`, { cwd: folder })
    .sort()
    .map((file) => {
      const [, cni = '', , , name = ''] = file.split('/');
      return { id: `golden-${cni}-${name}`, group: 'Test cases', title: `${cni}: ${name}`, text: read(file) };
    });
}
