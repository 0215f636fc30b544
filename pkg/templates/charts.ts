import type Full from 'handlebars';
import runtime from 'handlebars/runtime.js';
import { load } from 'js-yaml';
import { helpers, type View } from './helpers.ts';
import { canonicalJson } from './quote.ts';
import { fromPlain, type PlainObject, plainObject, type RenderedObject } from './render.ts';

/** One precompiled template and the members of the view that its output depends on. */
export interface CompiledTemplate {
  readonly spec: TemplateSpecification;
  readonly uses: readonly string[];
}

/** What the build, or the folder in development, lends to the core. Names are paths below charts/, without `.hbs`. */
export interface ChartSource {
  readonly templates: Readonly<Record<string, CompiledTemplate>>;
  readonly scripts: Readonly<Record<string, string>>;
  /** CustomResourceDefinitions by name, in a folder per CNI: `calico/ippools.crd.projectcalico.org`. */
  readonly crds: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** The templates, ready to render. Equal arguments give the same, possibly the identical, object. */
export interface Charts {
  render(name: string, view: View): RenderedObject;
  /** All CRDs below a folder, in the order of their names. */
  crds(folder: string): readonly RenderedObject[];
}

/** The runtime's own types leave `create` out; it is there (handlebars 4.7). */
const handlebars = runtime as unknown as Pick<typeof Full, 'create'>;

/**
 * Characters of renderings that are kept. What differs between two shoots is a few ten thousand of them, so that all shoots of a usual seed
 * fit in, and none of the largest takes much memory.
 */
const keptCharacters = 8 * 1024 * 1024;

/**
 * Makes the isolated template environment. Each rendered document is parsed again and must be the one object that its file name
 * announces (`daemonset-calico-node.yaml`), so that no value can add or replace an object. Throws for a defect of our own templates.
 * `rendered` is told of each rendering whether the memo had it (`hit`); it must not throw.
 */
export function createCharts(source: ChartSource, rendered?: (from: 'hit' | 'miss') => void): Charts {
  const environment = handlebars.create();
  for (const [name, helper] of Object.entries(helpers(source.scripts))) environment.registerHelper(name, helper);
  const compiled = new Map<string, (view: View) => string>();
  const memo = createMemo(keptCharacters, rendered);
  const crds = new Map<string, readonly RenderedObject[]>();

  function textOf(name: string, view: View): string {
    let template = compiled.get(name);
    if (template === undefined) {
      const delegate = environment.template(templateOf(source, name).spec);
      template = (input) =>
        delegate(input, { allowProtoPropertiesByDefault: false, allowProtoMethodsByDefault: false });
      compiled.set(name, template);
    }
    return template(view);
  }

  return {
    render(name, view) {
      const { uses } = templateOf(source, name);
      const key = JSON.stringify([name, ...uses.map((member) => view[member])]);
      return memo(key, () => checked(name, () => textOf(name, view)));
    },
    crds(folder) {
      const kept = crds.get(folder);
      if (kept !== undefined) return kept;
      const names = Object.keys(source.crds)
        .filter((name) => name.startsWith(`${folder}/`))
        .sort();
      const objects = names.map((name) => fromPlain(source.crds[name]));
      crds.set(folder, objects);
      return objects;
    },
  };
}

/** Remembers renderings by key; those used longest ago go first. */
function createMemo(
  capacity: number,
  told: ((from: 'hit' | 'miss') => void) | undefined,
): (key: string, render: () => RenderedObject) => RenderedObject {
  const kept = new Map<string, RenderedObject>();
  let characters = 0;
  return (key, render) => {
    const hit = kept.get(key);
    told?.(hit === undefined ? 'miss' : 'hit');
    if (hit !== undefined) {
      kept.delete(key);
      kept.set(key, hit);
      return hit;
    }
    const rendered = render();
    kept.set(key, rendered);
    characters += weightOf(key, rendered);
    for (const [oldest, object] of kept) {
      if (characters <= capacity) break;
      kept.delete(oldest);
      characters -= weightOf(oldest, object);
    }
    return rendered;
  };
}

/** A rendering holds its text twice, in two orders. */
function weightOf(key: string, { json }: RenderedObject): number {
  return key.length + 2 * json.length;
}

function templateOf(source: ChartSource, name: string): CompiledTemplate {
  const template = source.templates[name];
  if (template === undefined) throw new Error(`there is no template ${name}`);
  return template;
}

function checked(name: string, text: () => string): RenderedObject {
  const value = read(name, text);
  const { kind, metadata } = value;
  const expected = `${kind.toLowerCase()}-${metadata.name.replaceAll(':', '_')}.yaml`;
  if (!name.endsWith(`/${expected}`)) throw new Error(`template ${name} rendered ${kind} ${metadata.name}`);
  if (metadata.namespace !== undefined && metadata.namespace !== 'kube-system') {
    throw new Error(`template ${name} rendered into namespace ${canonicalJson(metadata.namespace)}`);
  }
  return fromPlain(value);
}

/** Helpers and the YAML reader know neither the template nor its name. */
function read(name: string, text: () => string): PlainObject {
  try {
    return plainObject(load(text(), { maxAliases: 0 }));
  } catch (error) {
    throw new Error(`template ${name} rendered no object: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}
