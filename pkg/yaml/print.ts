/**
 * Prints a plain JSON object as YAML in the style of kubectl, readable for people and parsed alike by Go and JavaScript. Strings are plain
 * only if every parser reads them as strings; everything that is not clearly visible is escaped, including U+0085 and U+2028, which Go
 * treats as line breaks. The general writer of js-yaml takes about 30 ms for the objects of one Network, most of the run time of an offline
 * command. Undefined members are omitted. Throws for values that JSON cannot represent.
 */
export function printYaml(object: object): string {
  return mapping(object, '');
}

function mapping(object: object, indent: string): string {
  return Object.entries(object)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${indent}${scalar(key)}:${afterIndicator(value, indent)}`)
    .join('');
}

function sequence(items: readonly unknown[], indent: string): string {
  return items
    .map((item) => {
      const deeper = `${indent}  `;
      const inner = isFilled(item) ? block(item, deeper) : undefined;
      return inner === undefined
        ? `${indent}-${afterIndicator(item, indent)}`
        : `${indent}- ${inner.slice(deeper.length)}`;
    })
    .join('');
}

/** Prints a value after its key or dash, up to the end of its last line. */
function afterIndicator(value: unknown, indent: string): string {
  const deeper = `${indent}  `;
  if (isFilled(value)) return `\n${block(value, deeper)}`;
  if (typeof value === 'string') return ` ${text(value, deeper)}\n`;
  if (value === null || typeof value === 'boolean') return ` ${value}\n`;
  // YAML 1.1 requires a decimal point in a number with an exponent.
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

/** Prints strings of several lines, such as scripts, as literal blocks if possible, with the chomping indicator for their line end. */
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

/** Matches everything except visible characters. */
const hidden = /[^\x20-\x7e\u00a1-\u00ac\u00ae-\u200a\u2010-\u2027]/u;

/** Uses the YAML escape \U for supplementary characters, since Go's YAML parser rejects the surrogate pairs of JSON. */
function escaped(char: string): string {
  const code = (char.codePointAt(0) ?? 0).toString(16);
  return code.length > 4 ? `\\U${code.padStart(8, '0')}` : `\\u${code.padStart(4, '0')}`;
}

/** Accepts plain scalars that both YAML 1.1 and 1.2 read as strings: words, paths, ranges, names such as 10-calico.conflist. */
function isBare(value: string): boolean {
  if (/^(y|n|yes|no|on|off|true|false|null)$/i.test(value)) return false;
  if (/^[0-9][A-Za-z0-9./-]*$/.test(value)) return /[g-np-wyzG-NP-SU-WY]|\//.test(value);
  return (
    /^[A-Za-z/_][\w/.@+=,:-]*( [\w/.@+=,(-][\w/.@+=,:()-]*)*$/.test(value) && !value.endsWith(':') && !/: /.test(value)
  );
}
