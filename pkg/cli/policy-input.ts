import { clusterShootFacts } from '../gardener/cluster.ts';
import { isRecord, quoted, recordOf } from '../gardener/objects.ts';
import { pluginFor } from '../network/plan.ts';
import type { PolicyCluster } from '../networkpolicy/cluster.ts';
import { plugins } from '../plugins/index.ts';
import { type InputDocument, readPiece, shapeProblem, toDocument } from '../yaml/documents.ts';
import { InputError, type InputProblem } from '../yaml/input.ts';
import type { Piece } from '../yaml/piece.ts';
import { createSplitter } from '../yaml/pieces.ts';
import type { OfflineResult } from './completeness.ts';
import { displayName, expandFolders, readChunks } from './files.ts';
import { readInput } from './input.ts';
import type { PolicyOptions } from './options.ts';
import { createPolicyCluster, type PolicyShoot, policyShoot } from './policy-cluster.ts';
import { reportWarning } from './problems.ts';
import type { Subject } from './subjects.ts';
import type { Terminal } from './terminal.ts';

/** The objects of the input and what the CNI makes of them. */
export interface PolicyInput {
  readonly cluster: PolicyCluster;
  readonly documents: readonly InputDocument[];
  readonly problems: readonly InputProblem[];
  /** `Shoot namespace/name` whose configuration decides; absent without one. */
  readonly shoot?: string;
}

/** The objects of files, and those that cannot be read. */
interface ReadObjects {
  readonly documents: readonly InputDocument[];
  readonly problems: readonly InputProblem[];
}

/** Reads the input of `netext policy`, more than once. Throws InputError if the Shoot in it cannot be used, or if there is no policy. */
export async function readPolicyInput(options: PolicyOptions, terminal: Terminal): Promise<PolicyInput> {
  const read = await readObjects(options.file, terminal);
  const planned = await planShoot(options, read.documents, terminal);
  const cluster = createPolicyCluster(
    read.documents.map(({ object }) => object),
    planned,
  );
  return { ...read, cluster, ...(planned && { shoot: planned.name }) };
}

interface PlannedShoot extends PolicyShoot {
  readonly name: string;
}

/** Reads all Kubernetes objects in files and folders; other documents are left out, such as the values of a chart. */
async function readObjects(names: readonly string[], terminal: Terminal): Promise<ReadObjects> {
  const { files, problems } = await expandFolders(names, terminal);
  const documents: InputDocument[] = [];
  const found: InputProblem[] = [...problems];
  const add = (file: string, piece: Piece): void => {
    const { values, problems: unreadable } = readPiece(file, piece);
    found.push(...unreadable);
    for (const located of values) {
      const problem = shapeProblem(located.value);
      if (problem === undefined) documents.push(toDocument(located));
      else if (isRecord(located.value) && located.value['kind'] === 'NetworkPolicy')
        found.push({ file, ...located.position(problem.path), message: problem.message });
    }
  };
  for (const name of files) {
    try {
      for await (const piece of readPieces(name, terminal)) add(displayName(name), piece);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      found.push(...error.problems);
    }
  }
  return { documents, problems: found };
}

/** Each piece must be read before the next one, since the splitter reuses its memory. */
async function* readPieces(name: string, terminal: Terminal): AsyncGenerator<Piece> {
  const splitter = createSplitter();
  for await (const chunk of readChunks(name, terminal)) yield* splitter.push(chunk);
  yield* splitter.end();
}

/** Returns a terminal whose standard input can be read again: for the Shoot, and for both sides of a comparison. */
export function withStoredStdin(terminal: Terminal): Terminal {
  let stored: Promise<Uint8Array> | undefined;
  const read = async (): Promise<Uint8Array> => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of terminal.stdin()) chunks.push(chunk);
    return Buffer.concat(chunks);
  };
  return {
    ...terminal,
    async *stdin() {
      stored ??= read();
      yield await stored;
    },
  };
}

const shootKinds = /^(Shoot|Network|NetworkConfig)$/;

async function planShoot(
  options: PolicyOptions,
  documents: readonly InputDocument[],
  terminal: Terminal,
): Promise<PlannedShoot | undefined> {
  if (!documents.some(({ object }) => shootKinds.test(object.kind))) return undefined;
  const { subjects, plan } = await readInput(options, terminal);
  const [subject, ...others] = subjects;
  if (subject !== undefined && lacksApiServer(subject, plan(subject)))
    return planShoot({ ...options, set: [...(options.set ?? []), anyApiServer] }, documents, terminal);
  if (subject === undefined) return undefined;
  if (others.length > 0)
    throw new InputError([{ message: `the input has ${subjects.length} Shoots, and the policies are those of one` }]);
  const { name } = subject;
  const facts = clusterShootFacts(subject.cluster);
  const result = plan(subject);
  const { type } = subject.network.spec;
  const shoot = policyShoot({ type, facts, plan: result.outcome === 'planned' ? result.plan : undefined });
  if (shoot.environment === undefined) {
    const reason = pluginFor(plugins, type) === undefined ? `has the type ${quoted(type)}` : `is ${result.outcome}`;
    const message = `${name} ${reason}: the text of the Kubernetes API decides in place of its CNI; netext validate tells more`;
    reportWarning({ message }, terminal.err);
  }
  return { name, ...shoot };
}

/** Verdicts do not depend on the address of the API server, without which Cilium has no plan. */
const anyApiServer = 'status.advertisedAddresses=[{name: external, url: "https://api.example.org"}]';

function lacksApiServer({ shoot }: Subject, { outcome }: OfflineResult): boolean {
  if (shoot === undefined || (outcome !== 'incomplete' && outcome !== 'waiting')) return false;
  return recordOf(shoot['status'])['advertisedAddresses'] === undefined;
}
