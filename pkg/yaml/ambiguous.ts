import { EVENT_ID, type Event, getScalarValue, SCALAR_STYLE } from 'js-yaml';
import { ambiguousScalar } from './yaml.ts';

export interface AmbiguousScalar {
  readonly offset: number;
  readonly text: string;
  /** What Kubernetes reads, as JSON. */
  readonly value: string;
}

/** Nothing longer is a number that its author could have meant as something else. */
const longest = 40;

/** The plain scalars of a document that Kubernetes reads differently from what most YAML readers do, keys included. */
export function ambiguousScalars(source: string, events: readonly Event[]): readonly AmbiguousScalar[] {
  return events.flatMap((event) => {
    if (event.type !== EVENT_ID.SCALAR || event.style !== SCALAR_STYLE.PLAIN || event.tagStart >= 0) return [];
    if (event.valueStart < 0 || event.valueEnd - event.valueStart > longest) return [];
    const text = getScalarValue(source, event);
    const value = ambiguousScalar(text);
    return value === undefined ? [] : [{ offset: event.valueStart, text, value }];
  });
}
