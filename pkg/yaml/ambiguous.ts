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
  const found: AmbiguousScalar[] = [];
  for (const event of events) {
    if (event.type !== EVENT_ID.SCALAR || event.style !== SCALAR_STYLE.PLAIN || event.tagStart >= 0) continue;
    if (event.valueEnd - event.valueStart > maxLength || !firstCharacters.has(source.charCodeAt(event.valueStart)))
      continue;
    const text = getScalarValue(source, event);
    const value = ambiguousScalar(text);
    if (value !== undefined) found.push({ offset: event.valueStart, text, value });
  }
  return found;
}

/** The first characters of numbers and of yes, no, on, off and their forms: most scalars have another one. */
const firstCharacters: ReadonlySet<number> = new Set(Array.from('-+.0123456789yYnNoO', (one) => one.charCodeAt(0)));
