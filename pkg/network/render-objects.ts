import type { View } from '../templates/helpers.ts';
import type { RenderedObject } from '../templates/render.ts';
import type { PlanTools } from './plugin.ts';

export interface RenderInput {
  /** Folder of the CNI below charts. */
  readonly folder: string;
  readonly view: View;
  /**
   * ConfigMaps whose content restarts the pods that read it: the member of the view that carries the digest, and the template. They are
   * rendered first.
   */
  readonly checksums: Readonly<Record<string, string>>;
  /** Paths below the folder; one object each, in their order. */
  readonly templates: readonly string[];
}

/** The objects of a view, with the digests of its ConfigMaps in it. */
export function renderObjects(
  { folder, view, checksums, templates }: RenderInput,
  { charts, sha256 }: Pick<PlanTools, 'charts' | 'sha256'>,
): readonly RenderedObject[] {
  const digests = Object.entries(checksums).map(([member, template]) => [
    member,
    sha256(charts.render(`${folder}/${template}`, view).json),
  ]);
  const complete = { ...view, ...Object.fromEntries(digests) };
  return templates.map((template) => charts.render(`${folder}/${template}`, complete));
}
