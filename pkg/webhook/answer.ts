import type { ReviewVersion } from './decode.ts';
import type { ReviewAnswer, ReviewCause } from './review.ts';

export interface EncodeInput {
  readonly version: ReviewVersion;
  readonly uid: string;
  readonly answer: ReviewAnswer;
}

/** The AdmissionReview that answers a request, as JSON: the uid repeated, a patch in base64, refusals as a Status with their fields. */
export function encodeAnswer({ version, uid, answer }: EncodeInput): string {
  const warnings = boundedWarnings(answer.warnings ?? []);
  const response = {
    uid,
    allowed: answer.allowed,
    ...(answer.allowed ? patchOf(answer) : { status: statusOf(answer) }),
    ...(warnings.length === 0 ? {} : { warnings }),
  };
  return JSON.stringify({ apiVersion: version, kind: 'AdmissionReview', response });
}

/** kubectl prints each warning in a line of its own, and the API server cuts them all at 4096 characters (docs/design/gardener.md#shoot-admission). */
const longestWarning = 120;
const mostWarnings = 20;

function boundedWarnings(warnings: readonly string[]): readonly string[] {
  if (warnings.length <= mostWarnings) return warnings.map(shortened);
  const kept = warnings.slice(0, mostWarnings - 1).map(shortened);
  return [...kept, `and ${warnings.length - kept.length} more warnings`];
}

/** Control characters would make the API server drop the whole warning. */
function shortened(text: string): string {
  const characters = Array.from(text.toWellFormed().replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' '));
  return characters.length <= longestWarning
    ? characters.join('')
    : `${characters.slice(0, longestWarning - 3).join('')}...`;
}

function patchOf({ patch = [] }: Extract<ReviewAnswer, { readonly allowed: true }>): object {
  if (patch.length === 0) return {};
  return { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') };
}

const reasons = { 400: 'BadRequest', 403: 'Forbidden', 500: 'InternalError' } as const;

function statusOf({ code, message, causes = [] }: Extract<ReviewAnswer, { readonly allowed: false }>): object {
  const details = causes.length === 0 ? {} : { details: { causes: boundedCauses(causes) } };
  return { status: 'Failure', code, reason: reasons[code], message, ...details };
}

/** More than a client shows on a screen; the API server passes on whatever it gets. */
const mostCauses = 50;

function boundedCauses(causes: readonly ReviewCause[]): readonly Partial<ReviewCause>[] {
  if (causes.length <= mostCauses) return causes;
  return [...causes.slice(0, mostCauses), { message: `and ${causes.length - mostCauses} more fields` }];
}
