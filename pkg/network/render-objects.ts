import type { View } from '../templates/helpers.ts';
import type { RenderedObject } from '../templates/render.ts';
import type { PlanTools } from './plugin.ts';

export interface RenderInput {
  /** Folder of the CNI in charts. */
  readonly folder: string;
  readonly view: View;
  /**
   * ConfigMaps whose changes must restart the pods that read them: the member of the view for the digest, and the template. They are rendered
   * first.
   */
  readonly checksums: Readonly<Record<string, string>>;
  /** Paths relative to the folder; one object each, in this order. */
  readonly templates: readonly string[];
}

/** Renders the objects, after adding the digests of the ConfigMaps to the view. */
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
