import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import { admitShoot, completeShoot } from '../../pkg/network/admission.ts';
import { aggregate, type Diagnostic, describe, errorsOf, warningsOf } from '../../pkg/network/diagnostics.ts';
import type { NetworkPlugin } from '../../pkg/network/plugin.ts';
import { createPatch } from '../../pkg/webhook/patch.ts';
import type { ReviewHandler, ReviewRequest, ReviewResponse } from '../../pkg/webhook/review.ts';

/**
 * Creates the handler of /webhooks/validate (docs/design/gardener.md#shoot-admission). It denies Shoots whose network the controller would refuse,
 * with a cause per field, and warns about risky combinations. It has no side effects, so that a dry run needs no special case.
 */
export function createValidator(plugins: readonly NetworkPlugin[]): ReviewHandler {
  return (request) => {
    const read = readShoots(request);
    if ('response' in read) return read.response;
    const { allowed, diagnostics } = admitShoot({ plugins, ...read });
    const warnings = warningsOf(diagnostics).map(warningText);
    if (allowed) return { allowed, warnings };
    const errors = errorsOf(diagnostics);
    const causes = errors.map(({ path, message }) => ({ field: path, message }));
    return { allowed, code: 403, message: aggregate(errors.map(describe)), causes, warnings };
  };
}

/** Creates the handler of /webhooks/mutate: it completes new Shoots for their network type (docs/design/gardener.md#shoot-admission), and does not change stored ones. */
export function createMutator(plugins: readonly NetworkPlugin[]): ReviewHandler {
  return (request) => {
    const read = readShoots(request);
    if ('response' in read) return read.response;
    if (read.old !== undefined) return { allowed: true };
    const completed = completeShoot(plugins, read.shoot);
    return { allowed: true, patch: createPatch(read.shoot, completed) };
  };
}

type Shoots = { readonly shoot: KubeObject; readonly old?: KubeObject } | { readonly response: ReviewResponse };

/** Returns the Shoots of a request, or the response to a request without any: deletions, subresources and other objects. */
function readShoots({ operation, subResource, object, oldObject }: ReviewRequest): Shoots {
  const isWrite = operation === 'CREATE' || operation === 'UPDATE';
  if (!isWrite || subResource || object === null) return { response: { allowed: true } };
  const problem =
    shootProblem('object', object) ?? (oldObject === null ? undefined : shootProblem('oldObject', oldObject));
  if (problem !== undefined) return { response: { allowed: false, code: 400, message: problem } };
  return { shoot: object, ...(operation === 'CREATE' || oldObject === null ? {} : { old: oldObject }) };
}

function shootProblem(name: string, object: KubeObject): string | undefined {
  if (object.kind !== 'Shoot' || !/^core\.gardener\.cloud\/v\w+$/.test(object.apiVersion))
    return `request.${name} must be a Shoot of group core.gardener.cloud; see the rules of the webhook configuration`;
  if (!isRecord(object['spec'])) return `request.${name}.spec must be an object: the Shoot cannot be read`;
  return undefined;
}

/** Kubernetes recommends at most 120 characters, because clients show a warning on one line. */
const maxWarningLength = 120;

/** Returns the field without the common prefix, the message, and the code of docs/reference/diagnostics.md. */
function warningText(warning: Diagnostic): string {
  const text = describe({ ...warning, path: warning.path.replace(/^spec\.networking\.(?=providerConfig)/, '') });
  const code = ` [${warning.code}]`;
  const fits = text.length + code.length <= maxWarningLength;
  return `${fits ? text : `${text.slice(0, maxWarningLength - code.length - 3)}...`}${code}`;
}
