/** A table of the results of all combinations of options, with one row for combinations that differ only in options that do not matter. */

/** For each option its values by the names that the table shows. */
export type Dimensions = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export interface OptionTable {
  /** Number of combinations with a result. */
  readonly combinations: number;
  /** Number of combinations that the rows stand for; equal to `combinations`. */
  readonly covered: number;
  /** Markdown. `*` stands for any value of an option. */
  readonly text: string;
}

/** A set of combinations: for each option the names of the values that it may have. */
interface Box {
  readonly values: readonly (readonly string[])[];
  readonly result: string;
}

/** Returns the table. Combinations whose `result` is undefined are left out. */
export function optionTable(
  dimensions: Dimensions,
  result: (given: Readonly<Record<string, unknown>>) => string | undefined,
): OptionTable {
  const names = Object.keys(dimensions);
  const chosen = names.reduce<readonly (readonly string[])[]>(
    (lists, name) => lists.flatMap((list) => Object.keys(dimensions[name] ?? {}).map((value) => [...list, value])),
    [[]],
  );
  const boxes = chosen.flatMap((list): readonly Box[] => {
    const given = Object.fromEntries(names.map((name, index) => [name, dimensions[name]?.[list[index] ?? '']]));
    const text = result(given);
    return text === undefined ? [] : [{ values: list.map((value) => [value]), result: text }];
  });
  const rows = joined(boxes, names.length);
  const lines = rows.map(({ values, result: text }) => {
    const cells = values.map((some, index) =>
      some.length === Object.keys(dimensions[names[index] ?? ''] ?? {}).length ? '*' : some.join(' / '),
    );
    return `| ${[...cells, text].join(' | ')} |`;
  });
  return {
    combinations: boxes.length,
    covered: rows.reduce((sum, { values }) => sum + values.reduce((product, some) => product * some.length, 1), 0),
    text: [`| ${[...names, 'path'].join(' | ')} |`, `|${' --- |'.repeat(names.length + 1)}`, ...lines].join('\n'),
  };
}

/** Joins boxes that differ in one option only, option by option from the last one, until nothing can be joined. */
function joined(boxes: readonly Box[], options: number): readonly Box[] {
  const next = Array.from({ length: options }, (_, index) => options - 1 - index).reduce(joinedBy, boxes);
  return next.length === boxes.length ? next : joined(next, options);
}

function joinedBy(boxes: readonly Box[], index: number): readonly Box[] {
  const groups = Map.groupBy(boxes, ({ values, result }) => JSON.stringify([values.with(index, []), result]));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const some = group.flatMap(({ values }) => values[index] ?? []);
    return [{ ...first, values: first.values.with(index, some) }];
  });
}
