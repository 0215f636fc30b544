import { type TestContext, test } from 'node:test';

/** Like cases(), and passes the test's context to each row, for example to close a server after the test. */
export function casesWithContext<Row>(
  table: Readonly<Record<string, Row>>,
  run: (row: Row, t: TestContext) => Promise<void>,
): void {
  for (const [name, row] of Object.entries(table)) {
    void test(name, (t) => run(row, t));
  }
}
