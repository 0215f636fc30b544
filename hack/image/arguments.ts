const platforms = ['linux/amd64', 'linux/arm64'] as const;
export type Platform = (typeof platforms)[number];

export interface BuildInput {
  /** Name of the image, with tag. */
  readonly image: string;
  /** Base image; undefined for that of the Dockerfile. */
  readonly base: string | undefined;
  /** Undefined for the platform of the engine. */
  readonly platform: Platform | undefined;
  readonly version: string;
  readonly revision: string;
  /** Folder with the Dockerfile. */
  readonly folder: string;
}

/** Returns the arguments of `docker` to build the image. */
export function buildArguments({ image, base, platform, version, revision, folder }: BuildInput): readonly string[] {
  const args = { VERSION: version, REVISION: revision, ...(base === undefined ? {} : { BASE: base }) };
  const flags = Object.entries(args).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
  // The legacy builder of Docker uses cached layers of another platform, and then rejects them. Without cache the build is still fast.
  const wanted = platform === undefined ? [] : ['--platform', platform, '--no-cache'];
  return ['build', '--tag', image, ...wanted, ...flags, folder];
}

/**
 * Parses the variable PLATFORM; returns undefined for an empty text. Throws for a platform that the image does not support, and for a foreign
 * platform with the local base, whose Node binary is that of this machine.
 */
export function readPlatform(
  text: string,
  { base, arch }: { readonly base: string | undefined; readonly arch: string },
): Platform | undefined {
  if (text === '') return undefined;
  const platform = platforms.find((one) => one === text);
  if (platform === undefined) throw new Error(`PLATFORM=${text}: the image supports ${platforms.join(' and ')} only`);
  const own = dockerPlatform(arch);
  if (base === 'local' && platform !== own)
    throw new Error(
      `PLATFORM=${platform} and BASE=local: the local base contains the Node of this machine (${own ?? arch}); specify a base image for ${platform}, or omit BASE`,
    );
  return platform;
}

/** Converts Node's name of an architecture to a platform; undefined if the image does not support it. */
export function dockerPlatform(arch: string): Platform | undefined {
  return ({ x64: 'linux/amd64', arm64: 'linux/arm64' } as const)[arch as 'x64' | 'arm64'];
}
