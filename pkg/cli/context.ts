import { readFile } from 'node:fs/promises';
import { chartSource, images as shippedImages, version } from '#charts';
import { calico } from '../calico/plan.ts';
import { cilium } from '../cilium/plan.ts';
import { findImage, type ImageSource, overwriteImages } from '../gardener/imagevector.ts';
import { parseImageVector } from '../gardener/imagevector-file.ts';
import type { KubeObject } from '../gardener/objects.ts';
import { sha256 } from '../managedresource/build.ts';
import { featureGatesOf, parseFeatureGates, plan, pluginFor } from '../network/plan.ts';
import type { NetworkPlugin, Observed, PlanResult, PlanTools, WebhookTarget } from '../network/plugin.ts';
import { createCharts } from '../templates/charts.ts';
import { type InputFile, readDocuments, readValues, UnreadableInput } from './documents.ts';
import { presentObjects, type Subject, subjectsOf } from './subjects.ts';

/** Streams and files as a command sees them, so that tests run commands in-process. */
export interface Terminal {
  readonly stdin: () => Promise<Uint8Array>;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Whether the error stream takes colours. */
  readonly colour: boolean;
}

/** A mistake in the arguments: exit code 2, like unreadable input. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export interface PlanOptions {
  readonly file: readonly string[];
  readonly featureGates?: string;
  readonly shootObjects?: string;
  readonly images?: string;
}

export interface PlannedSubject {
  readonly subject: Subject;
  readonly result: PlanResult;
}

export const plugins: readonly NetworkPlugin[] = [calico, cilium];
export { version };

/** Reads the input of an offline command and plans every Network in it. Throws UsageError and UnreadableInput. */
export async function planInput(
  options: PlanOptions,
  terminal: Terminal,
): Promise<{ readonly planned: readonly PlannedSubject[]; readonly files: readonly InputFile[] }> {
  const { gates, problems } = parseFeatureGates(options.featureGates ?? '', Object.keys(featureGatesOf(plugins)));
  if (problems.length > 0) throw new UsageError(`--feature-gates: ${problems.join('; ')}`);
  const tools = await planTools(options.images, terminal);
  const shoot =
    options.shootObjects === undefined ? undefined : objectsOf(await readInput(options.shootObjects, terminal));
  const files = await Promise.all(options.file.map((name) => readInput(name, terminal)));
  const subjects = subjectsOf(files.flatMap((file) => file.documents));
  const planned = subjects.map((subject) => ({ subject, result: planSubject({ subject, gates, shoot, tools }) }));
  return { planned, files };
}

function objectsOf({ documents }: InputFile): readonly KubeObject[] {
  return documents.map((document) => document.object as unknown as KubeObject);
}

interface PlanSubject {
  readonly subject: Subject;
  readonly gates: Readonly<Record<string, boolean>>;
  readonly shoot: readonly KubeObject[] | undefined;
  readonly tools: PlanTools;
}

function planSubject({ subject, gates, shoot, tools }: PlanSubject): PlanResult {
  const plugin = pluginFor(plugins, subject.network.spec.type);
  const present: Observed<readonly KubeObject[]> =
    plugin === undefined ? { known: true, value: [] } : presentObjects(subject, plugin.managedResource);
  const observed: Observed<readonly KubeObject[]> =
    shoot === undefined
      ? { known: false, reason: 'no objects of the shoot were given (--shoot-objects)' }
      : { known: true, value: shoot };
  return plan(
    {
      plugins,
      network: subject.network,
      cluster: subject.cluster,
      featureGates: gates,
      present,
      shoot: observed,
      webhook: offlineWebhook,
    },
    tools,
  );
}

/** Stands for the certificates and the namespace that only a running extension knows, so that the webhook is shown, too. */
const offlineWebhook: WebhookTarget = {
  caBundle: btoa('-----BEGIN CERTIFICATE-----\nwritten by the running extension\n-----END CERTIFICATE-----\n'),
  url: 'https://gardener-extension-networking-cilium.extension-networking-cilium:443/shoot',
};

/** The templates and the image vector, shipped or overwritten by a file as an operator would (contract.md §3.1). */
async function planTools(imagesFile: string | undefined, terminal: Terminal): Promise<PlanTools> {
  const shipped = imageSources('charts/images.yaml', shippedImages);
  const images = imagesFile === undefined ? shipped : overwriteImages(shipped, await readImages(imagesFile, terminal));
  return { charts: createCharts(chartSource), sha256, image: (name) => findImage({ images, name }) };
}

async function readImages(file: string, terminal: Terminal): Promise<readonly ImageSource[]> {
  const [content] = readValues(file, await readBytes(file, terminal));
  return imageSources(file, content);
}

function imageSources(file: string, content: unknown): readonly ImageSource[] {
  const { images, problems } = parseImageVector(content);
  if (problems.length > 0)
    throw new UnreadableInput(problems.map(({ path, message }) => `${file}: ${path}: ${message}`).join('\n'));
  return images;
}

async function readInput(name: string, terminal: Terminal): Promise<InputFile> {
  return readDocuments(name === '-' ? 'stdin' : name, await readBytes(name, terminal));
}

async function readBytes(name: string, terminal: Terminal): Promise<Uint8Array> {
  if (name === '-') return terminal.stdin();
  try {
    return await readFile(name);
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    const reasons: Readonly<Record<string, string>> = {
      ENOENT: 'there is no such file',
      EACCES: 'may not be read',
      EISDIR: 'is a folder',
    };
    throw new UnreadableInput(`${name}: ${reasons[String(error.code)] ?? error.message}`, { cause: error });
  }
}
