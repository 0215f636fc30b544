/**
 * Takes out of a text what looks like a credential. Nobody hands secrets to a logger on purpose; errors of libraries quote what they
 * could not read, and a kubeconfig is mostly one line of it. Works on lines of JSON, too, and leaves them valid: quotes and backslashes
 * of a string stay where they are.
 */
export function redact(text: string): string {
  return suspicious.test(text) ? shapes.reduce((rest, shape) => rest.replace(shape, replacement), text) : text;
}

/** Cheap, since nearly no line has anything of it. */
const suspicious = /eyJ|-----BEGIN|LS0tLS1CRUdJTi|bearer|basic |token|password|secret|-data/i;

const mark = '(redacted)';

function replacement(_all: string, ...groups: readonly unknown[]): string {
  return typeof groups[0] === 'string' ? `${groups[0]}${mark}` : mark;
}

/** A key, how it ends (also escaped, in a string in JSON), and its separator; the value follows. */
const assignment = String.raw`(?:\\{0,3}["'])?\s*[:=]\s*(?:\\{0,3}["'])?`;

const shapes: readonly RegExp[] = [
  // PEM, with line breaks as they are or escaped; cut off or whole.
  /-----BEGIN [A-Z0-9 ]{0,40}-----(?:[A-Za-z0-9+/=\s]|\\{1,4}[nr])*(?:-----END [A-Z0-9 ]{0,40}-----)?/g,
  // The same in base64, as kubeconfigs have it.
  /LS0tLS1CRUdJTi[A-Za-z0-9+/=]*/g,
  // JSON Web Tokens: three parts, or what is left of them.
  /eyJ[\w-]{5,}(?:\.[\w-]*){0,2}/g,
  /\b((?:bearer|basic) )[\w.~+/=-]{6,}/gi,
  new RegExp(
    String.raw`((?:token|password|passwd|secret|client-key-data|client-certificate-data|certificate-authority-data)${assignment})[^\s"'\\,;}]{4,}`,
    'gi',
  ),
];
