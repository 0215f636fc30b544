import type { HelperDelegate, HelperOptions } from 'handlebars';
import { canonicalJson, quote } from './quote.ts';

/** The data of a template: complete, and with a boolean for every condition. */
export type View = Readonly<Record<string, unknown>>;

/**
 * Returns the only helpers through which a value reaches a manifest. Each throws for a value of another type, including undefined, since a
 * misspelt member must not render as nothing. Their names are the compiler's list of known helpers (analyse.ts).
 */
export function helpers(scripts: Readonly<Record<string, string>>): Readonly<Record<string, HelperDelegate>> {
  return {
    q: (value: unknown) => quote(expect(value, 'string', isString)),
    int: (value: unknown) => String(expect(value, 'whole number', isInteger)),
    bool: (value: unknown) => String(expect(value, 'boolean', isBoolean)),
    json: (value: unknown) => canonicalJson(expect(value, 'plain object or list', isStructure)),
    script: (name: unknown) => quote(expect(scripts[String(name)], `script ${String(name)}`, isString)),
    if: conditional((value) => value),
    unless: conditional((value) => !value),
    each(this: unknown, items: unknown, options: HelperOptions) {
      return expect(items, 'list', isList)
        .map((item) => options.fn(item))
        .join('');
    },
  };
}

function conditional(decide: (value: boolean) => boolean): HelperDelegate {
  return function (this: unknown, value: unknown, options: HelperOptions): string {
    return decide(expect(value, 'boolean', isBoolean)) ? options.fn(this) : options.inverse(this);
  };
}

function expect<T>(value: unknown, type: string, test: (value: unknown) => value is T): T {
  if (!test(value)) throw new TypeError(`a template expects a ${type}, got ${value === null ? 'null' : typeof value}`);
  return value;
}

const isString = (value: unknown): value is string => typeof value === 'string';
const isBoolean = (value: unknown): value is boolean => typeof value === 'boolean';
const isInteger = (value: unknown): value is number => Number.isSafeInteger(value);
const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);
const isStructure = (value: unknown): value is object => typeof value === 'object' && value !== null;
