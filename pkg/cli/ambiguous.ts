import { EVENT_ID, type Event, getScalarValue, SCALAR_STYLE } from 'js-yaml';
import { type Position, positionAt } from './positions.ts';
import { ambiguousScalar } from './yaml.ts';

/** The plain scalars of a text that Kubernetes reads differently from what most YAML readers do, keys included. */
export function ambiguousScalars(
  source: string,
  events: readonly Event[],
): readonly (Position & { readonly text: string; readonly value: string })[] {
  return events.flatMap((event) => {
    if (
      event.type !== EVENT_ID.SCALAR ||
      event.style !== SCALAR_STYLE.PLAIN ||
      event.tagStart >= 0 ||
      event.valueEnd - event.valueStart > 40
    )
      return [];
    const text = getScalarValue(source, event);
    const value = ambiguousScalar(text);
    return value === undefined ? [] : [{ ...positionAt(source, event.valueStart), text, value }];
  });
}
