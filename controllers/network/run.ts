import { errorMessage } from '../../pkg/gardener/errors.ts';
import { withSignal } from '../../pkg/kubernetes/client/client.ts';
import { isAborted, isConflict, isForbidden } from '../../pkg/kubernetes/client/errors.ts';
import { parseKey } from '../../pkg/kubernetes/client/resource.ts';
import { pluginFor } from '../../pkg/network/plan.ts';
import { resources } from '../resources.ts';
import { dueOperation } from '../seed/decide.ts';
import { readFacts } from '../seed/facts.ts';
import { Outdated } from '../seed/outdated.ts';
import type { NetworkContext, NetworkRun, Outcome } from './context.ts';
import { reconcileNetwork } from './reconcile.ts';
import { removeNetwork } from './remove.ts';
import { type Failure, failedPatch } from './status.ts';
import { createNetworkWriter } from './writer.ts';

/** A Network that changes more often during one run is retried by the queue, with back-off. */
const maxAttempts = 5;

/**
 * Performs one run of the network controller: reads the Network from the API server and performs the operation that is due, whichever event
 * caused the run. Throws the failure of the run after reporting it in the status; the queue decides about the retry. The signal aborts
 * requests, writes included. Whether such a write was stored is unknown, as after a crash, and the next run continues from what is stored.
 */
export async function runNetwork(
  context: NetworkContext,
  input: { readonly key: string; readonly signal: AbortSignal },
): Promise<Outcome> {
  const abortable = { ...context, client: withSignal(context.client, input.signal) };
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await attemptRun(abortable, input);
    } catch (error) {
      if (!(error instanceof Outdated) || attempt >= maxAttempts) throw error;
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
  const facts = readFacts(network);
  const plugin = pluginFor(context.plugins, facts.type);
  const operation = dueOperation(facts);
  if (plugin === undefined || operation === undefined || !context.classes.includes(facts.class))
    return { done: true, result: 'skipped' };
  let findings: Failure['findings'];
  const run: NetworkRun = {
    context,
    plugin,
    operation,
    signal,
    writer: createNetworkWriter(context.client, network),
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

/** Conflicts and our own shutdown are not failures: the next run resolves both. */
function isReportable(error: unknown): boolean {
  return !(error instanceof Outdated) && !isConflict(error) && !isAborted(error);
}

/** Best effort: the failure to report counts, not a failure of the report. */
async function reportFailure({ context, writer, operation }: NetworkRun, failure: Failure): Promise<void> {
  try {
    await writer.status(failedPatch({ network: writer.network, operation, now: context.clock.now() }, failure));
  } catch (secondary) {
    context.log.warn({ err: secondary }, 'Failed to report the failure in the status');
  }
}

function failureText(error: unknown): string {
  const message = errorMessage(error);
  return isForbidden(error) ? `${message} (the extension lacks a permission in the seed)` : message;
}
