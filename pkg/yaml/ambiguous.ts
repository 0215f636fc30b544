import { EVENT_ID, type Event, getScalarValue, SCALAR_STYLE } from 'js-yaml';
import { ambiguousScalar } from './yaml.ts';

export interface AmbiguousScalar {
  readonly offset: number;
  readonly text: string;
  /** The value that Kubernetes reads, as JSON. */
  readonly value: string;
}

/** Longer scalars are not numbers that an author could have meant as something else. */
const maxLength = 40;

/** Returns the plain scalars of a document, including keys, that Kubernetes reads differently from most YAML parsers. */
export function ambiguousScalars(source: string, events: readonly Event[]): readonly AmbiguousScalar[] {
  return events.flatMap((event) => {
    if (event.type !== EVENT_ID.SCALAR || event.style !== SCALAR_STYLE.PLAIN || event.tagStart >= 0) return [];
    if (event.valueStart < 0 || event.valueEnd - event.valueStart > maxLength) return [];
    const text = getScalarValue(source, event);
    const value = ambiguousScalar(text);
    return value === undefined ? [] : [{ offset: event.valueStart, text, value }];
  });
}
