import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import { admitShoot, completeShoot } from '../../pkg/network/admission.ts';
import { aggregate, type Diagnostic, describe, errorsOf, warningsOf } from '../../pkg/network/diagnostics.ts';
import type { NetworkPlugin } from '../../pkg/network/plugin.ts';
import { createPatch } from '../../pkg/webhook/patch.ts';
import type { ReviewHandler, ReviewRequest, ReviewResponse } from '../../pkg/webhook/review.ts';

/**
 * Answers for /webhooks/validate (docs/design/gardener.md#shoot-admission): refuses Shoots whose network the controller would refuse, with a cause per field, and
 * warns of risky combinations. Reads the request only, so that a dry run is like any other.
 */
export function createValidator(plugins: readonly NetworkPlugin[]): ReviewHandler {
  return (request) => {
    const read = shootsOf(request);
    if ('answer' in read) return read.answer;
    const { allowed, diagnostics } = admitShoot({ plugins, ...read });
    const warnings = warningsOf(diagnostics).map(warningText);
    if (allowed) return { allowed, warnings };
    const errors = errorsOf(diagnostics);
    const causes = errors.map(({ path, message }) => ({ field: path, message }));
    return { allowed, code: 403, message: aggregate(errors.map(describe)), causes, warnings };
  };
}

/** Answers for /webhooks/mutate: a new Shoot gets what its network type asks for (docs/design/gardener.md#shoot-admission), a stored one is left as it is. */
export function createMutator(plugins: readonly NetworkPlugin[]): ReviewHandler {
  return (request) => {
    const read = shootsOf(request);
    if ('answer' in read) return read.answer;
    if (read.old !== undefined) return { allowed: true };
    const completed = completeShoot(plugins, read.shoot);
    return { allowed: true, patch: createPatch(read.shoot, completed) };
  };
}

type Shoots = { readonly shoot: KubeObject; readonly old?: KubeObject } | { readonly answer: ReviewResponse };

/** The Shoots of a request, or the answer where there is nothing to look at: deletions, subresources, and what is no Shoot. */
function shootsOf({ operation, subResource, object, oldObject }: ReviewRequest): Shoots {
  const isWrite = operation === 'CREATE' || operation === 'UPDATE';
  if (!isWrite || subResource || object === null) return { answer: { allowed: true } };
  const problem =
    shootProblem('object', object) ?? (oldObject === null ? undefined : shootProblem('oldObject', oldObject));
  if (problem !== undefined) return { answer: { allowed: false, code: 400, message: problem } };
  return { shoot: object, ...(operation === 'CREATE' || oldObject === null ? {} : { old: oldObject }) };
}

function shootProblem(name: string, object: KubeObject): string | undefined {
  if (object.kind !== 'Shoot' || !/^core\.gardener\.cloud\/v\w+$/.test(object.apiVersion))
    return `request.${name} must be a Shoot of group core.gardener.cloud; see the rules of the webhook configuration`;
  if (!isRecord(object['spec'])) return `request.${name}.spec must be an object: the Shoot cannot be read`;
  return undefined;
}

/** What clients show in one line; the server cuts the rest off. */
const longest = 120;

/** The field without the part that all have in common, what is odd, and the code that docs/reference/diagnostics.md explains. */
function warningText(warning: Diagnostic): string {
  const text = describe({ ...warning, path: warning.path.replace(/^spec\.networking\.(?=providerConfig)/, '') });
  const code = ` [${warning.code}]`;
  const fits = text.length + code.length <= longest;
  return `${fits ? text : `${text.slice(0, longest - code.length - 3)}...`}${code}`;
}
