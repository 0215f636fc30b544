import type Full from 'handlebars';
import runtime from 'handlebars/runtime.js';
import { load } from 'js-yaml';
import { helpers, type View } from './helpers.ts';
import { canonicalJson } from './quote.ts';
import { fromPlain, type PlainObject, plainObject, type RenderedObject } from './render.ts';
import { fillShape, type Shape, toShape, toSkeleton } from './skeleton.ts';

/** One precompiled template and the members of the view that its output depends on. */
export interface CompiledTemplate {
  readonly spec: TemplateSpecification;
  readonly uses: readonly string[];
}

/** The files of charts/, provided by the build or, in development, read from the folder. Names are paths below charts/, without `.hbs`. */
export interface ChartSource {
  readonly templates: Readonly<Record<string, CompiledTemplate>>;
  readonly scripts: Readonly<Record<string, string>>;
  /** CustomResourceDefinitions by name, in a folder per CNI: `calico/ippools.crd.projectcalico.org`. */
  readonly crds: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** The templates, ready to render. Equal arguments yield equal, possibly identical, objects. */
export interface Charts {
  render(name: string, view: View): RenderedObject;
  /** Returns all CRDs below a folder, ordered by name. */
  crds(folder: string): readonly RenderedObject[];
}

/** The runtime's own types omit `create`, which exists (handlebars 4.7). */
const handlebars = runtime as unknown as Pick<typeof Full, 'create'>;

/**
 * Capacity of the cache of renderings, in characters. Renderings that are specific to one shoot have some ten thousand characters, so that
 * all shoots of a usual seed fit in, and the memory of a large seed is bounded.
 */
const cacheCapacity = 8 * 1024 * 1024;

/** Capacity of the cache of shapes, in characters: all templates of both CNIs in a dozen variants. */
const shapeCapacity = 1024 * 1024;

type OnRender = (cache: 'hit' | 'miss') => void;

/**
 * Creates an isolated template environment. Each rendered document is parsed again and must be the single object that its file name
 * announces (`daemonset-calico-node.yaml`), so that no value can add or replace an object. Throws for a defect of the templates.
 * `onRender` is called for each rendering with the outcome of the cache lookup; it must not throw.
 */
export function createCharts(source: ChartSource, onRender?: OnRender): Charts {
  const environment = handlebars.create();
  for (const [name, helper] of Object.entries(helpers(source.scripts))) environment.registerHelper(name, helper);
  const compiled = new Map<string, (view: View) => string>();
  const cached = createCache({ capacity: cacheCapacity, sizeOf: entrySize, onLookup: onRender });
  const shapes = createCache<Shape | undefined>({ capacity: shapeCapacity, sizeOf: (key) => 3 * key.length });
  const crds = new Map<string, readonly RenderedObject[]>();

  function renderText(name: string, view: View): string {
    let template = compiled.get(name);
    if (template === undefined) {
      const delegate = environment.template(findTemplate(source, name).spec);
      template = (input) =>
        delegate(input, { allowProtoPropertiesByDefault: false, allowProtoMethodsByDefault: false });
      compiled.set(name, template);
    }
    return template(view);
  }

  /** The first text of a skeleton is parsed and checked as a whole, another one only in its values. */
  function readText(name: string, render: () => string): RenderedObject {
    const text = withName(name, render);
    const skeleton = toSkeleton(text);
    const shape =
      skeleton &&
      shapes(`${name}\n${skeleton.text}`, () => {
        const object = readSkeleton({ name, source }, skeleton.text);
        return object && toShape(object, skeleton.values.length);
      });
    return shape ? fillShape(shape, skeleton.values) : toExpectedObject({ name, source }, text);
  }

  return {
    render(name, view) {
      const { uses } = findTemplate(source, name);
      const key = JSON.stringify([name, ...uses.map((member) => view[member])]);
      return cached(key, () => readText(name, () => renderText(name, view)));
    },
    crds(folder) {
      const known = crds.get(folder);
      if (known !== undefined) return known;
      const names = Object.keys(source.crds)
        .filter((name) => name.startsWith(`${folder}/`))
        .sort();
      const objects = names.map((name) => fromPlain(source.crds[name]));
      crds.set(folder, objects);
      return objects;
    },
  };
}

interface CacheOptions<T> {
  /** Limit of the sum of all sizes. */
  readonly capacity: number;
  readonly sizeOf: (key: string, value: T) => number;
  readonly onLookup?: OnRender | undefined;
}

/** Caches values by key and evicts the least recently used ones. */
function createCache<T>({ capacity, sizeOf, onLookup }: CacheOptions<T>): (key: string, create: () => T) => T {
  const entries = new Map<string, { readonly value: T }>();
  let size = 0;
  return (key, create) => {
    const hit = entries.get(key);
    onLookup?.(hit === undefined ? 'miss' : 'hit');
    if (hit !== undefined) {
      entries.delete(key);
      entries.set(key, hit);
      return hit.value;
    }
    const value = create();
    entries.set(key, { value });
    size += sizeOf(key, value);
    for (const [oldest, entry] of entries) {
      if (size <= capacity) break;
      entries.delete(oldest);
      size -= sizeOf(oldest, entry.value);
    }
    return value;
  };
}

/** A rendering contains its text twice, with the keys in two orders. */
function entrySize(key: string, { json }: RenderedObject): number {
  return key.length + 2 * json.length;
}

function findTemplate(source: ChartSource, name: string): CompiledTemplate {
  const template = source.templates[name];
  if (template === undefined) throw new Error(`template ${name} does not exist`);
  return template;
}

interface Rendering {
  readonly name: string;
  readonly source: ChartSource;
}

/** Objects are cluster-scoped, in kube-system, or in a namespace of which the folder has a template as well. */
function toExpectedObject({ name, source }: Rendering, text: string): RenderedObject {
  const value = withName(name, () => parseObject(text));
  const { kind, metadata } = value;
  const expected = `${kind.toLowerCase()}-${metadata.name.replaceAll(':', '_')}.yaml`;
  if (!name.endsWith(`/${expected}`)) throw new Error(`template ${name} rendered ${kind} ${metadata.name}`);
  const { namespace } = metadata;
  const folder = name.slice(0, name.lastIndexOf('/'));
  if (
    ![undefined, 'kube-system'].includes(namespace) &&
    !Object.hasOwn(source.templates, `${folder}/namespace-${namespace}.yaml`)
  ) {
    throw new Error(`template ${name} rendered into namespace ${canonicalJson(metadata.namespace)}`);
  }
  return fromPlain(value);
}

/** Returns undefined if the skeleton is not the expected object, which may depend on a value of its metadata: then the whole text is parsed. */
function readSkeleton(rendering: Rendering, text: string): RenderedObject | undefined {
  try {
    return toExpectedObject(rendering, text);
  } catch {
    return undefined;
  }
}

function parseObject(text: string): PlainObject {
  return plainObject(load(text, { maxAliases: 0 }));
}

/** Adds the name of the template to errors of helpers and of the YAML parser. */
function withName<T>(name: string, render: () => T): T {
  try {
    return render();
  } catch (error) {
    throw new Error(`template ${name} rendered no object: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}
