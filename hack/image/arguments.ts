const platforms = ['linux/amd64', 'linux/arm64'] as const;
export type Platform = (typeof platforms)[number];

export interface BuildInput {
  /** Name of the image, with tag. */
  readonly image: string;
  /** Undefined takes the Dockerfile's. */
  readonly base: string | undefined;
  /** Undefined is the engine's own. */
  readonly platform: Platform | undefined;
  readonly version: string;
  readonly revision: string;
  /** Folder with the Dockerfile. */
  readonly folder: string;
}

/** What `docker` is called with to build the image. */
export function buildArguments({ image, base, platform, version, revision, folder }: BuildInput): readonly string[] {
  const args = { VERSION: version, REVISION: revision, ...(base === undefined ? {} : { BASE: base }) };
  const flags = Object.entries(args).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
  // Docker's older builder takes layers of another platform out of its cache, and then refuses them; there are only copies to make.
  const wanted = platform === undefined ? [] : ['--platform', platform, '--no-cache'];
  return ['build', '--tag', image, ...wanted, ...flags, folder];
}

/**
 * The platform that a person asked for; empty is undefined. Throws when it is none that the image is made for, and when its base would be this
 * machine's own Node, which runs on this machine's kind of processor only.
 */
export function readPlatform(
  text: string,
  { base, arch }: { readonly base: string | undefined; readonly arch: string },
): Platform | undefined {
  if (text === '') return undefined;
  const platform = platforms.find((one) => one === text);
  if (platform === undefined) throw new Error(`PLATFORM=${text}: the image is made for ${platforms.join(' and ')}`);
  const own = platformOf(arch);
  if (base === 'local' && platform !== own)
    throw new Error(
      `PLATFORM=${platform} and BASE=local: that base is the Node of this machine, which is ${own ?? arch}; name a base image that has ${platform}, or leave BASE out`,
    );
  return platform;
}

/** By Node's name of a processor. */
export function platformOf(arch: string): Platform | undefined {
  return ({ x64: 'linux/amd64', arm64: 'linux/arm64' } as const)[arch as 'x64' | 'arm64'];
}
