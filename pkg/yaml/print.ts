/**
 * Prints a plain JSON object as YAML in the style of kubectl, for people to read and for both Go and JavaScript to read back alike. Texts
 * stay bare only where no reader can take them for anything else; everything that is not plainly visible is escaped (pitfalls of U+0085
 * and U+2028, which Go takes for line breaks). js-yaml's own writer is made for any value and takes some 30 ms for the objects of one
 * Network, most of what an offline command may take. Members that are undefined are left out. Throws for what JSON cannot hold.
 */
export function printYaml(object: object): string {
  return mapping(object, '');
}

function mapping(object: object, indent: string): string {
  return Object.entries(object)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${indent}${scalar(key)}:${behind(value, indent)}`)
    .join('');
}

function sequence(items: readonly unknown[], indent: string): string {
  return items
    .map((item) => {
      const deeper = `${indent}  `;
      const inner = isFilled(item) ? block(item, deeper) : undefined;
      return inner === undefined ? `${indent}-${behind(item, indent)}` : `${indent}- ${inner.slice(deeper.length)}`;
    })
    .join('');
}

/** A value behind its key or dash, up to the end of its last line. */
function behind(value: unknown, indent: string): string {
  const deeper = `${indent}  `;
  if (isFilled(value)) return `\n${block(value, deeper)}`;
  if (typeof value === 'string') return ` ${text(value, deeper)}\n`;
  if (value === null || typeof value === 'boolean') return ` ${value}\n`;
  // YAML 1.1 wants a point in what has an exponent.
  if (typeof value === 'number' && Number.isFinite(value))
    return ` ${JSON.stringify(value).replace(/^(-?\d+)e/, '$1.0e')}\n`;
  if (typeof value === 'object') return Array.isArray(value) ? ' []\n' : ' {}\n';
  throw new TypeError(`a ${typeof value} cannot be written as YAML`);
}

function block(value: object, indent: string): string {
  return Array.isArray(value) ? sequence(value, indent) : mapping(value, indent);
}

function isFilled(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}

/** Texts of several lines, such as scripts, as literal blocks where they can be; the chomping sign says how they end. */
function text(value: string, indent: string): string {
  if (!value.includes('\n') || !/^[\x21-\x7e][\t\n\x20-\x7e]*$/.test(value)) return scalar(value);
  const ending = value.endsWith('\n\n') ? '+' : value.endsWith('\n') ? '' : '-';
  return `|${ending}\n${value.replace(/\n$/, '').replaceAll(/^(?!$)/gm, indent)}`;
}

function scalar(value: string): string {
  if (isBare(value)) return value;
  if (/["\\]/.test(value) && !hidden.test(value)) return `'${value.replaceAll("'", "''")}'`;
  return JSON.stringify(value).replaceAll(new RegExp(hidden, 'gu'), escaped);
}

/** Everything but the visible characters of the usual scripts. */
const hidden = /[^\x20-\x7e\u00a1-\u00ac\u00ae-\u200a\u2010-\u2027]/u;

/** YAML's own escape for what JSON can only write as two surrogates, which Go's reader of YAML refuses. */
function escaped(char: string): string {
  const code = (char.codePointAt(0) ?? 0).toString(16);
  return code.length > 4 ? `\\U${code.padStart(8, '0')}` : `\\u${code.padStart(4, '0')}`;
}

/** What YAML 1.1 and 1.2 both read as a text: words, paths, addresses with a slash, names such as 10-calico.conflist. */
function isBare(value: string): boolean {
  if (/^(y|n|yes|no|on|off|true|false|null)$/i.test(value)) return false;
  if (/^[0-9][A-Za-z0-9./-]*$/.test(value)) return /[g-np-wyzG-NP-SU-WY]|\//.test(value);
  return (
    /^[A-Za-z/_][\w/.@+=,:-]*( [\w/.@+=,(-][\w/.@+=,:()-]*)*$/.test(value) && !value.endsWith(':') && !/: /.test(value)
  );
}
