import { test } from 'node:test';

/** One test per row of a table; the key of the row, a sentence, is the name of the test. */
export function cases<Row>(table: Readonly<Record<string, Row>>, run: (row: Row) => void | Promise<void>): void {
  for (const [name, row] of Object.entries(table)) test(name, () => run(row));
}
