import type { EventFault, WatchLine } from './faults.ts';

/** A step of a proxy with a watch. `send` appends a line break. */
export type StreamStep =
  | { readonly do: 'send' | 'sendPart'; readonly text: string }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'close' | 'reset' };

export interface StreamEditor {
  /** Returns the steps for the next event. */
  edit(line: WatchLine, fault: EventFault | undefined): readonly StreamStep[];
}

/** Converts events with their faults to steps. Holds back an event until its successor for `swap`. */
export function createStreamEditor(): StreamEditor {
  let held: string | undefined;
  return {
    edit(line, fault) {
      const before = held;
      const steps = stepsOf(line, fault);
      if (fault?.act === 'swap') {
        held = line.text;
        return before === undefined ? [] : [{ do: 'send', text: before }];
      }
      held = undefined;
      return before === undefined ? steps : [...steps, { do: 'send', text: before }];
    },
  };
}

function stepsOf({ text }: WatchLine, fault: EventFault | undefined): readonly StreamStep[] {
  const send = { do: 'send', text } as const;
  switch (fault?.act) {
    case undefined:
      return [send];
    case 'drop':
    case 'swap':
      return [];
    case 'double':
      return [send, send];
    case 'delay':
      return [{ do: 'wait', ms: fault.ms }, send];
    case 'replace':
      return [{ do: 'send', text: fault.text }];
    case 'insertBefore':
      return [{ do: 'send', text: fault.text }, send];
    case 'cut':
      return [{ do: 'sendPart', text: text.slice(0, Math.floor(text.length / 2)) }, { do: 'reset' }];
    case 'resetBefore':
      return [{ do: 'reset' }];
    case 'closeAfter':
      return [send, { do: 'close' }];
  }
}

/** Parses the fields of an event that rules use; the type of an unreadable event is `?`. */
export function readLine(resource: string, text: string): WatchLine {
  const unreadable = { resource, type: '?', namespace: undefined, name: undefined, text };
  try {
    const { type, object } = JSON.parse(text) as { type: string; object?: { metadata?: Record<string, string> } };
    const { namespace, name } = object?.metadata ?? {};
    return { ...unreadable, type, namespace, name };
  } catch {
    return unreadable;
  }
}
