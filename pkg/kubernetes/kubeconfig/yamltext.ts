import { load, YAMLException } from 'js-yaml';
import { isRecord } from '../../gardener/objects.ts';

export interface YamlLimits {
  readonly maxBytes: number;
  /** None unless told. */
  readonly maxAliases?: number;
}

/**
 * One YAML (or JSON) document that is an object. For texts that hold secrets: errors give reason, line and column, never
 * the lines around it, which the library's own message quotes. Duplicate keys are refused.
 */
export function parseSecretYaml(
  text: string,
  { maxBytes, maxAliases = 0 }: YamlLimits,
): Readonly<Record<string, unknown>> {
  const bytes = Buffer.byteLength(text);
  if (bytes > maxBytes) throw new Error(`it has ${bytes} bytes, at most ${maxBytes} are read`);
  const document = loadQuietly(text, maxAliases);
  if (!isRecord(document)) throw new Error('it is not an object');
  return document;
}

function loadQuietly(text: string, maxAliases: number): unknown {
  try {
    return load(text, { maxAliases, maxDepth: 20 });
  } catch (error) {
    // Nothing of the original goes on, not even as a cause: loggers print causes.
    throw reasonOf(error);
  }
}

function reasonOf(error: unknown): Error {
  if (!(error instanceof YAMLException)) return new Error('it cannot be parsed as YAML');
  // A reason can name a duplicate key or an alias in quotes: those are names, and may still be a pasted secret.
  const reason = error.reason.replace(/".*"|'.*'|`.*`/gs, '…').slice(0, 100);
  const place = error.mark === undefined ? '' : `, line ${error.mark.line + 1}, column ${error.mark.column + 1}`;
  return new Error(`it cannot be parsed as YAML: ${reason}${place}`);
}
