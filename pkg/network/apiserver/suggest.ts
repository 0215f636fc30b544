import { type FieldType, type GardenerKind, itemType, structFields } from '../../gardener/api/fields.ts';
import { isRecord } from '../../gardener/objects.ts';
import { child, didYouMean } from '../field.ts';
import { type Place, placePath, placeSteps, stepName } from './place.ts';
import { typeProblem } from './types.ts';

export interface UnknownField {
  readonly kind: GardenerKind;
  /** The top-level options of the CNI's providerConfig. */
  readonly options: readonly string[];
  readonly name: string;
  readonly value: unknown;
  /** The object that contains the field. */
  readonly place: Place;
}

/**
 * Returns the field that was probably meant by an unknown one: a name for a field of the same object, a path for another place; undefined if
 * none is likely. A name that exists near by in the API was misplaced, any other name was misspelled.
 */
export function suggestField(unknown: UnknownField): string | undefined {
  const { kind, name, value, place, options } = unknown;
  const config = configPaths[kind];
  const names = [...(structFields(place.type)?.keys() ?? [])];
  const sameMeaning = findSameMeaning(name.toLowerCase(), names);
  if (sameMeaning !== undefined) return sameMeaning;
  if (config !== undefined && isRecord(value) && value['kind'] === 'NetworkConfig') return config;
  if (config !== undefined && isHead(name, value)) return child(config, name);
  const misplaced = nearestHome(unknown, name);
  if (misplaced !== undefined) return misplaced;
  if (config !== undefined && options.includes(name)) return child(config, name);
  const misspelled = didYouMean(name, names);
  if (misspelled !== undefined || name.length < minLength) return misspelled;
  const elsewhere = didYouMean(name, [...homesOf(kind).keys()]);
  return elsewhere === undefined ? undefined : nearestHome(unknown, elsewhere);
}

/** Returns the field with the same letters, or the one with this name in another API. */
function findSameMeaning(lowerCase: string, names: readonly string[]): string | undefined {
  return names.find((one) => one.toLowerCase() === lowerCase || one === namesInNetwork.get(lowerCase));
}

/** The fields of a Shoot that have other names in a Network or in Kubernetes, in lower case. */
const namesInNetwork: ReadonlyMap<string, string> = new Map([
  ['podcidr', 'pods'],
  ['clustercidr', 'pods'],
  ['servicecidr', 'services'],
  ['nodecidr', 'nodes'],
]);

/** The providerConfig of the CNI. */
const configPaths: Readonly<Record<GardenerKind, string | undefined>> = {
  Shoot: 'spec.networking.providerConfig',
  Network: 'spec.providerConfig',
  Cluster: undefined,
};

/** Reports whether a field is the apiVersion or kind of a NetworkConfig. */
function isHead(name: string, value: unknown): boolean {
  if (name === 'kind') return value === 'NetworkConfig';
  return name === 'apiVersion' && typeof value === 'string' && value.includes('.networking.extensions.gardener.cloud/');
}

/** Shorter names resemble too many others to be found in another place. */
const minLength = 6;

/** Names that do not tell what was meant. */
const commonNames: readonly string[] = ['enabled', 'name'];

/** A place in the API with a field of some name. */
interface Home {
  readonly name: string;
  /** The fields from the root to the object with the field, and `[]` for the item of a list. */
  readonly steps: readonly string[];
  readonly type: FieldType;
}

/** Returns the path of the nearest place for a field of this name and value; undefined if there is none, or if several are equally near. */
function nearestHome({ kind, value, place }: UnknownField, name: string): string | undefined {
  if (commonNames.includes(name)) return undefined;
  const steps = placeSteps(place);
  const ranked = (homesOf(kind).get(name.toLowerCase()) ?? [])
    .filter(({ type }) => value === null || typeProblem(value, type) === undefined)
    .map((home) => ({ home, common: commonLength(home, steps) }))
    .map((one) => ({ ...one, distance: steps.length + one.home.steps.length - 2 * one.common }))
    .sort((a, b) => a.distance - b.distance);
  const [best, second] = ranked;
  if (best === undefined || best.distance === second?.distance) return undefined;
  // The common part has the indices of the object itself.
  const nearest = steps[best.common - 1];
  const shared = nearest === undefined ? '' : placePath(nearest);
  const rest = best.home.steps.slice(best.common);
  return [...rest, best.home.name].reduce((path, step) => (step === '[]' ? `${path}[]` : child(path, step)), shared);
}

function commonLength(home: Home, steps: readonly Place[]): number {
  const names = steps.map(stepName);
  const different = home.steps.findIndex((step, index) => step !== names[index]);
  return different < 0 ? home.steps.length : different;
}

const cache = new Map<GardenerKind, ReadonlyMap<string, readonly Home[]>>();

/** Returns all fields of a kind that users write, by name in lower case. */
function homesOf(kind: GardenerKind): ReadonlyMap<string, readonly Home[]> {
  const known = cache.get(kind);
  if (known !== undefined) return known;
  const homes = Map.groupBy(collectHomes(kind, []), ({ name }) => name.toLowerCase());
  cache.set(kind, homes);
  return homes;
}

function collectHomes(struct: FieldType, steps: readonly string[]): readonly Home[] {
  return [...(structFields(struct) ?? [])].flatMap(([name, type]): readonly Home[] => {
    const home = { name, steps, type };
    if (steps.length === 0 && name === 'status') return [home];
    const item = itemType(type);
    const inside = [...steps, name];
    return [home, ...(item === undefined ? collectHomes(type, inside) : collectHomes(item, [...inside, '[]']))];
  });
}
