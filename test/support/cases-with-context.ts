import { type TestContext, test } from 'node:test';

/** cases() of test/support for tests that own a server: each row also gets the context that closes it. */
export function casesWithContext<Row>(
  table: Readonly<Record<string, Row>>,
  run: (row: Row, t: TestContext) => Promise<void>,
): void {
  for (const [name, row] of Object.entries(table)) {
    void test(name, (t) => run(row, t));
  }
}
