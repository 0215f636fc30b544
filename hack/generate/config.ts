import { code, configFields, type JsonSchema } from '../../pkg/network/option-reference.ts';
import { pageHead, table } from './markdown.ts';

/** Returns the page that describes every field. */
export function configPage(input: {
  readonly schema: JsonSchema;
  readonly cni: string;
  /** The source file of the page. */
  readonly source: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly schemaFile: string;
  /** Returns the effective default of a field as Markdown; empty for none. */
  readonly defaultValue: (path: string) => string;
}): string {
  const rows = configFields(input.schema).map(({ path, type, description }) => [
    code(path),
    type,
    input.defaultValue(path),
    description,
  ]);
  const file = input.schemaFile.split('/').at(-1);
  return `${pageHead(`${input.kind} of ${input.cni}`, `the schema in ${input.source}`)}
\`spec.networking.providerConfig\` of a Shoot, \`spec.providerConfig\` of its Network. All fields are optional; null means unset. Unknown fields
and values of the wrong type are [rejected](diagnostics.md). The JSON Schema for editors is [${file}](${file}).

\`\`\`yaml
apiVersion: ${input.apiVersion}
kind: ${input.kind}
\`\`\`

The default applies if the field is unset.

${table(['Field', 'Type', 'Default', 'Meaning'], rows)}`;
}
