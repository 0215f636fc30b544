import type { ReviewVersion } from './decode.ts';
import type { ReviewCause, ReviewResponse } from './review.ts';

export interface EncodeInput {
  readonly version: ReviewVersion;
  readonly uid: string;
  readonly response: ReviewResponse;
}

/** Encodes the response to a request as JSON of an AdmissionReview: the uid of the request, a patch in base64, denials as a Status with causes. */
export function encodeResponse({ version, uid, response }: EncodeInput): string {
  const warnings = boundedWarnings(response.warnings ?? []);
  const encoded = {
    uid,
    allowed: response.allowed,
    ...(response.allowed ? encodePatch(response) : { status: encodeStatus(response) }),
    ...(warnings.length === 0 ? {} : { warnings }),
  };
  return JSON.stringify({ apiVersion: version, kind: 'AdmissionReview', response: encoded });
}

/** kubectl prints each warning on its own line, and the API server cuts all of them at 4096 characters (docs/design/gardener.md#shoot-admission). */
const maxWarningLength = 120;
const maxWarnings = 20;

function boundedWarnings(warnings: readonly string[]): readonly string[] {
  if (warnings.length <= maxWarnings) return warnings.map(shortened);
  const first = warnings.slice(0, maxWarnings - 1).map(shortened);
  return [...first, `and ${warnings.length - first.length} more warnings`];
}

/** Replaces control characters, because of which the API server would drop the whole warning. */
function shortened(text: string): string {
  const characters = Array.from(text.toWellFormed().replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' '));
  return characters.length <= maxWarningLength
    ? characters.join('')
    : `${characters.slice(0, maxWarningLength - 3).join('')}...`;
}

function encodePatch({ patch = [] }: Extract<ReviewResponse, { readonly allowed: true }>): object {
  if (patch.length === 0) return {};
  return { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') };
}

const reasons = { 400: 'BadRequest', 403: 'Forbidden', 500: 'InternalError' } as const;

function encodeStatus({ code, message, causes = [] }: Extract<ReviewResponse, { readonly allowed: false }>): object {
  const details = causes.length === 0 ? {} : { details: { causes: boundedCauses(causes) } };
  return { status: 'Failure', code, reason: reasons[code], message, ...details };
}

/** More than fit on a screen; the API server itself has no limit. */
const maxCauses = 50;

function boundedCauses(causes: readonly ReviewCause[]): readonly Partial<ReviewCause>[] {
  if (causes.length <= maxCauses) return causes;
  return [...causes.slice(0, maxCauses), { message: `and ${causes.length - maxCauses} more fields` }];
}
