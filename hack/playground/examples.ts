import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** An example of the menu; as in pkg/playground/page/config.ts. */
interface Example {
  readonly id: string;
  readonly group: string;
  readonly title: string;
  readonly text: string;
}

/**
 * Returns the examples of the page: example/, and the blocks of docs/usage that stand for themselves or for a providerConfig. The page of a block and
 * its number are the identifier, which the links of these pages contain.
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
  const found = markdown.matchAll(/(?:^<!-- netext: (?<claim>.+) -->\n)?^```yaml\n(?<text>[^]*?)^```$/gm);
  return Array.from(found).flatMap(({ groups = {}, index }, number) => {
    const { claim = 'valid', text = '' } = groups;
    if (/\bother$/.test(claim) || !/^kind: (?:Shoot|NetworkConfig|Network)$/m.test(text)) return [];
    const heading = Array.from(markdown.slice(0, index).matchAll(/^#{2,4} (.+)$/gm)).at(-1)?.[1] ?? title;
    const outcome = claim.replace(/^file \S+; /, '').replace(/^\w+; /, '');
    const cni = /^apiVersion: (calico|cilium)\b/m.exec(text)?.[1];
    const name = [
      heading,
      ...(cni === undefined ? [] : [cni]),
      ...(outcome === 'valid' ? [] : [outcome.split(' ')[0] ?? '']),
    ];
    return [{ id: `${page}-${number + 1}`, group: title, title: name.join(', '), text }];
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
