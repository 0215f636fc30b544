import { test } from 'node:test';

type Table<Row> = Readonly<Record<string, Row>>;
type Check<Row> = (row: Row) => void | Promise<void>;

/**
 * Declares one test per row of a table. The title is `rule: key`: the rule applies to every row, the key describes the row. Without a
 * rule, the key is the title and must state a rule by itself.
 */
export function cases<Row>(rule: string, table: Table<Row>, check: Check<Row>): void;
export function cases<Row>(table: Table<Row>, check: Check<Row>): void;
export function cases<Row>(...input: [string, Table<Row>, Check<Row>] | [Table<Row>, Check<Row>]): void {
  const [prefix, table, check] = input.length === 3 ? [`${input[0]}: `, input[1], input[2]] : ['', ...input];
  for (const [key, row] of Object.entries(table)) test(`${prefix}${key}`, () => check(row));
}
