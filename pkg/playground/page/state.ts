import type { ChangeResult } from '../../changes/networks.ts';
import type { Question } from '../model/evaluate.ts';
import type { Answer } from '../model/model.ts';
import type { Destination } from '../model/packet-paths.ts';
import type { TextChange } from '../model/yaml-edit.ts';

export const tabs = ['findings', 'change', 'values', 'objects', 'picture', 'policies', 'capacity'] as const;
export type Tab = (typeof tabs)[number];

export type Theme = 'system' | 'light' | 'dark';

/** Everything that the page shows. */
export interface State {
  readonly question: Question;
  /** The question with which a change is compared, unless the question has a stored configuration. */
  readonly baseline: Question;
  readonly tab: Tab;
  readonly family: number;
  readonly packet: Destination;
  readonly search: string;
  readonly theme: Theme;
  /** A message about the last action. */
  readonly notice: string;
}

/** What follows from the state. */
export interface View extends State {
  readonly answer: Answer;
  readonly change: () => ChangeResult | undefined;
  readonly update: (change: Partial<State>) => void;
}

/** What panels may do beside changing the state. */
export interface Actions {
  /** Base address of the pages in messages; empty without one. */
  readonly pages: string;
  /** Changes the text; the editor can undo it. */
  readonly edit: (change: TextChange) => void;
  /** Shows a place of the text in the editor. */
  readonly reveal: (line: number, column: number) => void;
  readonly download: (name: string, text: string) => void;
  readonly copy: (text: string) => void;
}
