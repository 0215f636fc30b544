import { CrdNotationError, isMapping, type Place } from './error.ts';
import { parseCount } from './range.ts';
import type { Schema } from './schema.ts';

/** Expands the attributes of an object or type: `$rules`, `$atomic`, `$size`. Throws CrdNotationError. */
export function expandAttributes(attributes: Readonly<Record<string, unknown>>, scope: Place): Schema {
  const { $rules, $atomic, $size, ...unknown } = attributes;
  const at = (key: string): Place => ({ crd: scope.crd, path: scope.path === '' ? key : `${scope.path}.${key}` });
  const [wrong] = Object.keys(unknown);
  if (wrong !== undefined)
    throw new CrdNotationError(scope, wrong, 'unknown attribute; known are $is, $rules, $atomic and $size');
  return {
    ...($size !== undefined && expandSize($size, at('$size'))),
    ...($atomic !== undefined && expandAtomic($atomic, at('$atomic'))),
    ...($rules !== undefined && { 'x-kubernetes-validations': expandRules($rules, at('$rules')) }),
  };
}

function expandSize(size: unknown, place: Place): Schema {
  const text = typeof size === 'number' || typeof size === 'string' ? `${size}` : '';
  const keywords = parseCount(text, ['minProperties', 'maxProperties']);
  if (keywords === undefined) throw new CrdNotationError(place, size, 'expected a number of fields, like 1 or 1..3');
  return keywords;
}

function expandAtomic(atomic: unknown, place: Place): Schema {
  if (atomic !== true) throw new CrdNotationError(place, atomic, 'must be true');
  return { 'x-kubernetes-map-type': 'atomic' };
}

function expandRules(rules: unknown, place: Place): readonly Schema[] {
  if (!Array.isArray(rules) || rules.length === 0) throw new CrdNotationError(place, rules, 'expected a list of rules');
  return rules.map((given: unknown, index) => {
    const { rule, message, ...others } = isMapping(given) ? given : {};
    if (typeof rule === 'string' && typeof message === 'string' && Object.keys(others).length === 0)
      return { rule, message };
    throw new CrdNotationError(
      { ...place, path: `${place.path}[${index}]` },
      given,
      'expected a mapping of rule, a CEL expression, and message',
    );
  });
}
