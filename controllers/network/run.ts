import { withSignal } from '../../pkg/kubernetes/client/client.ts';
import { isAborted, isConflict, isForbidden } from '../../pkg/kubernetes/client/errors.ts';
import { parseKey } from '../../pkg/kubernetes/client/resource.ts';
import { pluginFor } from '../../pkg/network/plan.ts';
import { resources } from '../resources.ts';
import { operationOf } from '../seed/decide.ts';
import { factsOf } from '../seed/facts.ts';
import { Outdated } from '../seed/outdated.ts';
import type { NetworkContext, NetworkRun, Outcome } from './context.ts';
import { reconcileNetwork } from './reconcile.ts';
import { removeNetwork } from './remove.ts';
import { type Failure, failedPatch } from './status.ts';
import { networkWriter } from './writer.ts';

/** A Network that changes this often while it is being reconciled is left to the queue's back-off. */
const attempts = 5;

/**
 * One run of the network controller: reads the Network live and does what is stored there to be done, whatever event led here. Throws
 * what made the run fail, after reporting it in the status; the queue decides when it comes again. Its requests end with the
 * signal, writes too, of which nobody then knows whether they were stored: as after a crash, what is stored says what is left to do.
 */
export async function runNetwork(
  context: NetworkContext,
  input: { readonly key: string; readonly signal: AbortSignal },
): Promise<Outcome> {
  const ending = { ...context, client: withSignal(context.client, input.signal) };
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await attemptRun(ending, input);
    } catch (error) {
      if (!(error instanceof Outdated) || attempt >= attempts) throw error;
    }
  }
}

async function attemptRun(
  context: NetworkContext,
  { key, signal }: { readonly key: string; readonly signal: AbortSignal },
): Promise<Outcome> {
  const { namespace, name } = parseKey(key);
  const network = await context.client.find({ resource: resources.networks, namespace, name });
  if (network === undefined) return { done: true, result: 'gone' };
  const facts = factsOf(network);
  const plugin = pluginFor(context.plugins, facts.type);
  const operation = operationOf(facts);
  if (plugin === undefined || operation === undefined || !context.classes.includes(facts.class))
    return { done: true, result: 'skipped' };
  let findings: Failure['findings'];
  const run: NetworkRun = {
    context,
    plugin,
    operation,
    signal,
    writer: networkWriter(context.client, network),
    onEvaluated: (found) => {
      findings = found;
    },
  };
  try {
    return await (operation === 'Delete' || operation === 'Migrate' ? removeNetwork(run) : reconcileNetwork(run));
  } catch (error) {
    if (isReportable(error)) await reportFailure(run, { message: failureText(error), ...(findings && { findings }) });
    throw error;
  }
}

/** A conflict or our own shutdown is nobody's failure; both are over with the next run. */
function isReportable(error: unknown): boolean {
  return !(error instanceof Outdated) && !isConflict(error) && !isAborted(error);
}

/** Best effort: the failure that counts is the first one. */
async function reportFailure({ context, writer, operation }: NetworkRun, failure: Failure): Promise<void> {
  try {
    await writer.status(failedPatch({ network: writer.network, operation, now: context.clock.now() }, failure));
  } catch (secondary) {
    context.log.warn({ err: secondary }, 'Failure could not be reported in the status');
  }
}

function failureText(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return isForbidden(error) ? `${message} (the extension lacks a right in the seed)` : message;
}
