/** The charts and golden cases for tests of the Helm charts. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { load } from 'js-yaml';
import { isRecord, type KubeObject } from '../../../pkg/gardener/objects.ts';
import { printYaml } from '../../../pkg/yaml/print.ts';
import { helmOrSkip, type RenderedChart, renderChart } from '../../support/helm.ts';

const root = path.join(import.meta.dirname, '../../..');
const admission = 'charts/gardener-extension-networking-admission';

/** Folders of the charts relative to the root of the project, with default release and namespace. */
export const charts = {
  controller: {
    folder: 'charts/gardener-extension-networking',
    release: 'networking',
    namespace: 'extension-networking-abcde',
  },
  admission: { folder: admission, release: 'networking', namespace: 'garden' },
  runtime: { folder: `${admission}/charts/runtime`, release: 'networking', namespace: 'runtime-extension-networking' },
  application: { folder: `${admission}/charts/application`, release: 'networking', namespace: 'extension-networking' },
} as const;

export type ChartName = keyof typeof charts;

export const { helm, skip } = helmOrSkip('Helm charts');

export interface ChartCase {
  readonly name: string;
  /** Absolute path. */
  readonly folder: string;
  readonly kubeVersion: string;
  readonly values: unknown;
}

/** `admission` is for each part by itself, `both-parts` for the chart that contains both. */
export type CaseSet = 'controller' | 'admission' | 'both-parts';

/** Returns the golden cases: folders in testdata/<set> with an input.yaml, which contains `values` and an optional `kubeVersion`. */
export function goldenCases(set: CaseSet): readonly ChartCase[] {
  const folder = path.join(import.meta.dirname, 'testdata', set);
  const names = readdirSync(folder).filter((name) => existsSync(path.join(folder, name, 'input.yaml')));
  return names.sort().map((name) => {
    const input: unknown = load(readFileSync(path.join(folder, name, 'input.yaml'), 'utf8'));
    if (!isRecord(input)) throw new Error(`${name}/input.yaml is not an object`);
    const { kubeVersion = '1.34.2', values = {}, ...unknown } = input;
    if (Object.keys(unknown).length > 0)
      throw new Error(`${name}/input.yaml: unknown field ${Object.keys(unknown).join()}`);
    return { name, folder: path.join(folder, name), kubeVersion: String(kubeVersion), values };
  });
}

/** Renders one of the charts. Defaults of namespace and release are in `charts`. */
export function render(
  name: ChartName,
  input: {
    readonly values: unknown;
    readonly kubeVersion?: string;
    readonly namespace?: string;
    readonly release?: string;
  },
): RenderedChart {
  const { folder, ...rest } = charts[name];
  return renderChart({ helm, kubeVersion: '1.34.2', ...rest, ...input, chart: path.join(root, folder) });
}

/** Returns the rendered objects; throws the error of helm. */
export function renderedObjects(rendered: RenderedChart): readonly KubeObject[] {
  if (rendered.objects === undefined) throw new Error(rendered.error);
  return rendered.objects;
}

/** Returns objects as YAML sorted by kind and name, independent of the order of helm. */
export function manifest(objects: readonly KubeObject[]): string {
  return sorted(objects)
    .map((object) => `---\n${printYaml(object)}`)
    .join('');
}

export function sorted(objects: readonly KubeObject[]): readonly KubeObject[] {
  const sortKey = ({ kind, metadata }: KubeObject): string => `${kind} ${metadata.name}`;
  return objects.toSorted((one, other) => (sortKey(one) < sortKey(other) ? -1 : 1));
}
