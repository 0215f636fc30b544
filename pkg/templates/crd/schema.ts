/** A node of an OpenAPI v3 schema, with the keywords by which the expander combines nodes. */
export interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly [keyword: string]: unknown;
}
