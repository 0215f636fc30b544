import type { CampaignState } from './campaign.ts';

export interface ProgressInput {
  readonly stream: NodeJS.WriteStream;
  readonly target: string;
  /** Milliseconds from any start. */
  readonly now: () => number;
}

export interface Progress {
  /** Shows the state: on a terminal in the last line, elsewhere in a line of its own every half minute. */
  update(state: CampaignState): void;
  /** Prints lines above the progress. */
  print(text: string): void;
  /** Prints the last state. */
  close(state: CampaignState): void;
}

const every = { terminal: 200, file: 30_000 } as const;

export function createProgress({ stream, target, now }: ProgressInput): Progress {
  const started = now();
  let shownAt = Number.NEGATIVE_INFINITY;
  const line = ({ inputs, corpus, news, covered, failures }: CampaignState): string => {
    const seconds = Math.max((now() - started) / 1000, 0.001);
    const rate = Math.round(inputs / seconds);
    return `${target}: ${inputs} inputs, ${rate}/s, ${Math.round(seconds)} s, ${covered} bytes covered, corpus ${corpus} (+${news}), ${failures} failures`;
  };
  const print = (text: string): void => void stream.write(stream.isTTY ? `\r\u001b[K${text}\n` : `${text}\n`);
  return {
    update(state) {
      if (now() - shownAt < (stream.isTTY ? every.terminal : every.file)) return;
      shownAt = now();
      if (stream.isTTY) stream.write(`\r\u001b[K${line(state)}`);
      else print(line(state));
    },
    print,
    close: (state) => print(line(state)),
  };
}
