/** The streams and files of a command, passed as an argument so that tests can run commands in-process. */
export interface Terminal {
  stdin(): AsyncIterable<Uint8Array>;
  /** Throws Node's system errors, which have a `code`, when it is iterated. */
  readFile(name: string): AsyncIterable<Uint8Array>;
  /** Returns the names of all files in a folder and its folders, in alphabetical order; undefined if it is not a folder. */
  listFolder(name: string): Promise<readonly string[] | undefined>;
  readonly out: Screen;
  readonly err: Screen;
}

export interface Screen {
  write(text: string): void;
  readonly colour: boolean;
  /** Findings are shown with their line of the file; default false. */
  readonly snippets?: boolean;
  /** In columns; undefined unless the stream is a terminal. */
  readonly width: number | undefined;
}

/** Exit codes of every command. */
export const exitCodes = { success: 0, findings: 1, usage: 2, internal: 3 } as const;

/** Escapes control characters, invisible characters and lone surrogates; line breaks are retained. */
export function printable(text: string): string {
  return text.replace(unprintable, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Escapes line breaks as well and cuts long text, so that input cannot imitate a separate finding. */
export function oneLine(text: string, maxLength = 2_000): string {
  const cut = text.length > maxLength ? `${text.slice(0, maxLength)}...` : text;
  return printable(cut).replaceAll('\n', '\\n');
}

const unprintable =
  // oxlint-disable-next-line no-control-regex -- matches control characters on purpose
  /[\u0000-\u0009\u000b-\u001f\u007f-\u00a0\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
