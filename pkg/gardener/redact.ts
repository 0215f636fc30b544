/**
 * Redacts credentials in a text. Secrets are not logged on purpose, but errors of libraries quote input that they cannot parse, such as a
 * line of a kubeconfig. The text may be a line of JSON, which remains valid: quotes and backslashes of strings are retained.
 */
export function redact(text: string): string {
  return suspicious.test(text) ? shapes.reduce((rest, shape) => rest.replace(shape, replacement), text) : text;
}

/** A cheap test, which nearly all lines fail. */
const suspicious = /eyJ|-----BEGIN|LS0tLS1CRUdJTi|bearer|basic |token|password|secret|-data/i;

const mark = '(redacted)';

function replacement(_all: string, ...groups: readonly unknown[]): string {
  return typeof groups[0] === 'string' ? `${groups[0]}${mark}` : mark;
}

/** The end of a key, including an escaped quote in a JSON string, and the separator before the value. */
const assignment = String.raw`(?:\\{0,3}["'])?\s*[:=]\s*(?:\\{0,3}["'])?`;

const shapes: readonly RegExp[] = [
  // PEM, with raw or escaped line breaks; complete or truncated.
  /-----BEGIN [A-Z0-9 ]{0,40}-----(?:[A-Za-z0-9+/=\s]|\\{1,4}[nr])*(?:-----END [A-Z0-9 ]{0,40}-----)?/g,
  // PEM in base64, as in kubeconfigs.
  /LS0tLS1CRUdJTi[A-Za-z0-9+/=]*/g,
  // JSON Web Tokens, complete or truncated.
  /eyJ[\w-]{5,}(?:\.[\w-]*){0,2}/g,
  /\b((?:bearer|basic) )[\w.~+/=-]{6,}/gi,
  new RegExp(
    String.raw`((?:token|password|passwd|secret|client-key-data|client-certificate-data|certificate-authority-data)${assignment})[^\s"'\\,;}]{4,}`,
    'gi',
  ),
];
