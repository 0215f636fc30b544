import { load, YAMLException } from 'js-yaml';
import { isRecord } from '../../gardener/objects.ts';

export interface YamlLimits {
  readonly maxBytes: number;
  /** Default: 0. */
  readonly maxAliases?: number;
}

/**
 * Parses one YAML or JSON document that is an object, for texts with secrets: errors contain reason, line and column,
 * but not the lines that the message of the library quotes. Duplicate keys are rejected.
 */
export function parseSecretYaml(
  text: string,
  { maxBytes, maxAliases = 0 }: YamlLimits,
): Readonly<Record<string, unknown>> {
  const bytes = Buffer.byteLength(text);
  if (bytes > maxBytes) throw new Error(`it has ${bytes} bytes, the maximum is ${maxBytes}`);
  const document = parseWithoutQuotes(text, maxAliases);
  if (!isRecord(document)) throw new Error('it is not an object');
  return document;
}

function parseWithoutQuotes(text: string, maxAliases: number): unknown {
  try {
    return load(text, { maxAliases, maxDepth: 20 });
  } catch (error) {
    // The original error is not used as a cause, because loggers print causes.
    throw withoutQuotes(error);
  }
}

function withoutQuotes(error: unknown): Error {
  if (!(error instanceof YAMLException)) return new Error('it cannot be parsed as YAML');
  // A reason can quote a duplicate key or an alias, which may be a pasted secret.
  const reason = error.reason.replace(/".*"|'.*'|`.*`/gs, '…').slice(0, 100);
  const place = error.mark === undefined ? '' : `, line ${error.mark.line + 1}, column ${error.mark.column + 1}`;
  return new Error(`it cannot be parsed as YAML: ${reason}${place}`);
}
