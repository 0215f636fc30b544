/** Label and field selectors of list and watch requests. */
import { badRequest } from './errors.ts';
import type { StoredObject } from './objects.ts';

export type Predicate = (object: StoredObject) => boolean;

/** Parses labelSelector and fieldSelector (metadata.name and metadata.namespace only); throws 400 for anything else. */
export function createSelector(query: URLSearchParams): { readonly matches: Predicate; readonly selective: boolean } {
  const terms = [
    ...splitTerms(query.get('labelSelector') ?? '').map(labelTerm),
    ...splitTerms(query.get('fieldSelector') ?? '').map(fieldTerm),
  ];
  return { matches: (object) => terms.every((term) => term(object)), selective: terms.length > 0 };
}

/** Splits a selector by commas, except within the parentheses of a set. */
function splitTerms(selector: string): readonly string[] {
  return selector
    .split(/,(?![^(]*\))/)
    .map((term) => term.trim())
    .filter((term) => term !== '');
}

function labelTerm(term: string): Predicate {
  const set = /^(\S+)\s+(in|notin)\s*\(([^)]*)\)$/.exec(term);
  if (set !== null) {
    const [, key = '', operator, list = ''] = set;
    const values = new Set(list.split(',').map((value) => value.trim()));
    return (object) => values.has(labelValue(object, key) ?? '\0') === (operator === 'in');
  }
  const equality = /^([^=!\s]+)\s*(==|=|!=)\s*([^=!\s]*)$/.exec(term);
  if (equality !== null) {
    const [, key = '', operator, value = ''] = equality;
    return (object) => (labelValue(object, key) === value) === (operator !== '!=');
  }
  const presence = /^(!?)\s*([^=!\s()]+)$/.exec(term);
  if (presence === null) throw badRequest(`unable to parse requirement: ${term}`);
  const [, not = '', key = ''] = presence;
  return (object) => (labelValue(object, key) === undefined) === (not === '!');
}

function labelValue(object: StoredObject, key: string): string | undefined {
  return object.metadata.labels?.[key];
}

function fieldTerm(term: string): Predicate {
  const [, field, operator, value = ''] = /^(metadata\.name|metadata\.namespace)(==|=|!=)(.*)$/.exec(term) ?? [];
  if (field === undefined) throw badRequest(`field label not supported: ${term}`);
  return ({ metadata }) => {
    const actual = field === 'metadata.name' ? metadata.name : (metadata.namespace ?? '');
    return (actual === value) === (operator !== '!=');
  };
}
