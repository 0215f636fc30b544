import { isRecord, recordOf } from '../gardener/objects.ts';
import { field } from '../network/field.ts';
import type { LabelRequirement, LabelSelector, Labels } from './types.ts';

export interface SelectorContext {
  readonly path: string;
  readonly report: (path: string, message: string) => void;
}

/** A requirement that no labels fulfil, for faulty ones. */
const impossible: LabelRequirement = { key: '', operator: 'In', values: [] };

/** Reads a label selector of unknown content; faulty requirements select nothing. An absent selector selects everything. */
export function readSelector(value: unknown, { path, report }: SelectorContext): LabelSelector {
  if (!isRecord(value)) {
    if (value === undefined || value === null) return {};
    report(path, field.invalid(value, 'must be an object'));
    return { matchExpressions: [impossible] };
  }
  const { matchLabels, matchExpressions } = value;
  const misspelled = Object.keys(value).find((key) => key !== 'matchLabels' && key !== 'matchExpressions');
  if (misspelled !== undefined)
    report(`${path}.${misspelled}`, field.forbidden('unknown field; labels are below matchLabels'));
  const requirements = Array.isArray(matchExpressions) ? matchExpressions : [];
  if (
    requirements.length === 0 &&
    matchExpressions !== undefined &&
    matchExpressions !== null &&
    !Array.isArray(matchExpressions)
  )
    report(`${path}.matchExpressions`, field.invalid(matchExpressions, 'must be a list'));
  return {
    matchLabels: readLabels(matchLabels, { path: `${path}.matchLabels`, report }),
    matchExpressions: requirements.map((one, index) =>
      readRequirement(one, { path: `${path}.matchExpressions[${index}]`, report }),
    ),
  };
}

/** Reads labels: an object of strings. Other values are left out. */
export function readLabels(value: unknown, { path, report }: SelectorContext): Labels {
  if (value === undefined || value === null) return {};
  if (!isRecord(value)) {
    report(path, field.invalid(value, 'must be an object'));
    return {};
  }
  const entries = Object.entries(value);
  for (const [key, one] of entries)
    if (typeof one !== 'string') report(`${path}[${key}]`, field.invalid(one, 'must be a string; put it in quotes'));
  return Object.fromEntries(entries.flatMap(([key, one]) => (typeof one === 'string' ? [[key, one]] : [])));
}

const operators = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const;

function readRequirement(value: unknown, { path, report }: SelectorContext): LabelRequirement {
  const { key, operator, values } = recordOf(value);
  const listed = Array.isArray(values) ? values.filter((one) => typeof one === 'string') : [];
  if (typeof key !== 'string' || key === '') {
    report(`${path}.key`, field.required('the key of a label'));
    return impossible;
  }
  const known = operators.find((one) => one === operator);
  if (known === undefined) {
    report(`${path}.operator`, field.unsupported(operator, operators));
    return impossible;
  }
  const wantsValues = known === 'In' || known === 'NotIn';
  if (wantsValues && listed.length === 0) {
    report(`${path}.values`, field.required("must be specified when `operator` is 'In' or 'NotIn'"));
    return impossible;
  }
  if (!wantsValues && listed.length > 0) {
    report(`${path}.values`, field.forbidden("may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
    return impossible;
  }
  return wantsValues ? { key, operator: known, values: listed } : { key, operator: known };
}
