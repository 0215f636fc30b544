/** The versions that the templates, options and metrics of a CNI were checked with. Nothing else states them: images, tests and pages agree with it. */
export interface Compatibility {
  /** Release of the CNI whose sources were read, without `v`. */
  readonly version: string;
  /** Its minor version, which pages may name. */
  readonly minor: string;
  /** Names in the image vector whose tag is `v` and the version. */
  readonly images: readonly string[];
  /** Tags of the other images of the CNI, by name. */
  readonly companions: Readonly<Record<string, string>>;
  /** Minor version of the Go extension that the verdicts are about. */
  readonly goExtension: string;
}
