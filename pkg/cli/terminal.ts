/** What a command sees of the process: streams and files are handed in, so that tests run commands in-process. */
export interface Terminal {
  stdin(): Promise<Uint8Array>;
  /** Throws Node's system errors, which have a `code`. May stop reading behind `largestInput` bytes, as may `stdin`. */
  readFile(name: string): Promise<Uint8Array>;
  readonly out: Screen;
  readonly err: Screen;
}

export interface Screen {
  write(text: string): void;
  readonly colour: boolean;
  /** In columns; undefined when nobody looks at it. */
  readonly width: number | undefined;
}

/** Exit codes of every command. */
export const exitCodes = { fine: 0, findings: 1, usage: 2, internal: 3 } as const;

/** A text as it may be shown: what could steer a terminal or hide in it is escaped, line breaks stay. */
export function printable(text: string): string {
  return text.replace(unprintable, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The same for what has to stay in its line, so that no text of the input passes for a finding of its own. */
export function oneLine(text: string, longest = 2_000): string {
  const cut = text.length > longest ? `${text.slice(0, longest)}...` : text;
  return printable(cut).replaceAll('\n', '\\n');
}

const unprintable =
  // oxlint-disable-next-line no-control-regex -- the characters are what is looked for
  /[\u0000-\u0009\u000b-\u001f\u007f-\u00a0\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
