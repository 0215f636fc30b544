/**
 * Prints the options that agent and operator of a version of Cilium read from ConfigMap cilium-config, from the sources of that version:
 *
 *     GOFLAGS=-mod=mod go mod download -json github.com/cilium/cilium@v1.2.3 # prints Dir
 *     node hack/facts/cilium-options.ts <Dir> > pkg/cilium/render/testdata/options-1.2.3.txt
 *
 * The command reference contains the flags that are neither hidden nor deprecated. The others, and settings that are read without being a flag,
 * are calls in the source code.
 */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

const references = ['cilium-agent', 'cilium-agent_hive', 'cilium-operator', 'cilium-operator_hive'];

/** Flags by the functions of pflag that register them, and settings by those of viper that read them. */
const types: Readonly<Record<string, string>> = {
  Bool: 'bool',
  Duration: 'duration',
  Float32: 'float32',
  Float64: 'float',
  Int: 'int',
  Int32: 'int32',
  Int64: 'int64',
  IPNet: 'ipNet',
  IPSlice: 'ipSlice',
  String: 'string',
  StringMapString: 'map',
  StringSlice: 'strings',
  StringToString: 'stringToString',
  Uint: 'uint',
  Uint8: 'uint8',
  Uint16: 'uint16',
  Uint32: 'uint32',
  Uint64: 'uint64',
  Var: 'value',
};

const typeNames = new Set(Object.values(types));

interface Option {
  readonly name: string;
  readonly type: string;
  /** `flag` is in the command reference; `hidden` is not; `setting` is read, but is no flag. */
  readonly kind: 'flag' | 'hidden' | 'setting';
}

/** Returns the lines of the list, without its head. */
function ciliumOptions(folder: string): readonly string[] {
  const found = new Map<string, Option>();
  const add = (option: Option): void => {
    if (!found.has(option.name)) found.set(option.name, option);
  };
  for (const page of references)
    for (const option of referenceOptions(
      readFileSync(path.join(folder, 'Documentation/cmdref', `${page}.md`), 'utf8'),
    ))
      add(option);
  const sources = globSync(['daemon/**/*.go', 'operator/**/*.go', 'pkg/**/*.go'], { cwd: folder })
    // Programs and tools of their own have flags that agent and operator lack.
    .filter((file) => !/_test\.go$|(?:^|\/)(?:benchmark|repl|testutils?|fake)\//.test(file))
    .sort()
    .map((file) => ({ folder: path.dirname(file), text: readFileSync(path.join(folder, file), 'utf8') }));
  const constants = stringConstants(sources);
  for (const kind of ['hidden', 'setting'] as const)
    for (const source of sources) for (const option of calls({ source, kind, constants })) add(option);
  return [...found.values()]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, type, kind }) => `${name} ${type} ${kind}`);
}

function referenceOptions(page: string): readonly Option[] {
  return Array.from(
    page.matchAll(/^ +(?:-\w, )?--([a-z0-9-]+)(?: ([A-Za-z0-9]+))?(?: {2,}|$)/gm),
    // A word of the description may stand in place of the type of a text.
    ([, name = '', type = 'bool']) => ({ name, type: typeNames.has(type) ? type : 'string', kind: 'flag' as const }),
  );
}

interface Source {
  readonly folder: string;
  readonly text: string;
}

/** Values of constants by `package.Name`; packages of different folders may have one name. */
type Constants = ReadonlyMap<string, ReadonlySet<string>>;

function stringConstants(sources: readonly Source[]): Constants {
  const found = new Map<string, Set<string>>();
  for (const { folder, text } of sources)
    for (const [, name = '', value = ''] of text.matchAll(
      /^\s*(?:const )?(\w+) *(?:string *)?= "([a-z][a-z0-9-]*)"$/gm,
    )) {
      const key = `${path.basename(folder)}.${name}`;
      found.set(key, (found.get(key) ?? new Set()).add(value));
    }
  return found;
}

interface Calls {
  readonly source: Source;
  readonly kind: 'hidden' | 'setting';
  readonly constants: Constants;
}

const registration = /\b\w*[fF]lags?(?:\(\))?\.(\w+?)(?:Var)?P?\(\s*(?:&[\w.]+,\s*)?("[a-z0-9-]+"|[\w.]+),/g;
const reading = /\bvp\.Get(\w+)\(("[a-z0-9-]+"|[\w.]+)\)/g;

function calls({ source, kind, constants }: Calls): readonly Option[] {
  const pattern = kind === 'hidden' ? registration : reading;
  return Array.from(source.text.matchAll(pattern)).flatMap(([, method = '', name = '']) => {
    const type = types[method];
    if (type === undefined) return [];
    if (name.startsWith('"')) return [{ name: name.slice(1, -1), type, kind }];
    const key = name.includes('.') ? name : `${path.basename(source.folder)}.${name}`;
    return [...(constants.get(key) ?? [])].map((one) => ({ name: one, type, kind }));
  });
}

function main(): void {
  const [folder] = process.argv.slice(2);
  if (folder === undefined) throw new Error('the folder of the Go module is missing');
  const version = readFileSync(path.join(folder, 'VERSION'), 'utf8').trim();
  console.log(
    `# Options of cilium-agent and cilium-operator v${version}: name, type, and whether it is in the command reference (flag), hidden or`,
  );
  console.log(
    '# deprecated (hidden), or read without being a flag (setting). Written by hack/facts/cilium-options.ts.',
  );
  console.log(ciliumOptions(folder).join('\n'));
}

main();
