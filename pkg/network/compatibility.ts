/** The versions that templates, options and metrics of a CNI were verified with. This is their only source; tests compare images and pages with it. */
export interface Compatibility {
  /** Verified release of the CNI, without `v`. */
  readonly version: string;
  /** Minor version of the release, which pages may contain. */
  readonly minor: string;
  /** Names in the image vector whose tag is `v` and the version. */
  readonly images: readonly string[];
  /** Tags of the other images of the CNI, by name. */
  readonly companions: Readonly<Record<string, string>>;
  /** Minor version of the Go extension that the verdicts refer to. */
  readonly goExtension: string;
}
