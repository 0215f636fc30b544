import semver from 'semver';
import * as z from 'zod';
import { type ImageSource, toSemverRange } from './imagevector.ts';
import { isRecord, quoted } from './objects.ts';

/** The images of a file, or its problems by field path. */
export interface ParsedImageVector {
  readonly images: readonly ImageSource[];
  readonly problems: readonly { readonly path: string; readonly message: string }[];
}

/**
 * Validates the content of an image vector file, parsed from YAML or JSON (docs/design/gardener.md#flags-and-environment). Values end up in
 * pod specs, so each must be a reference, repository, tag or digest; unused fields (sourceRepository, labels, caBundle …) are ignored.
 * Returns all problems at once, and no images if there are any.
 */
export function parseImageVector(content: unknown): ParsedImageVector {
  const parsed = fileSchema.safeParse(content);
  if (parsed.success) return { images: parsed.data.images as readonly ImageSource[], problems: [] };
  const problems = parsed.error.issues.map((issue) => ({
    path: issue.path.reduce<string>(
      (path, key) =>
        typeof key === 'number' ? `${path}[${key}]` : path === '' ? String(key) : `${path}.${String(key)}`,
      '',
    ),
    message: issue.message,
  }));
  return { images: [], problems };
}

const host = '[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?';
const part = '[a-z0-9]+([._-]+[a-z0-9]+)*';
const repository = new RegExp(`^(${host}/)?${part}(/${part})*$`);
const digest = /^sha256:[0-9a-f]{64}$/;
const tag = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

const text = (expected: string, test: (value: string) => boolean) =>
  z.string({ error: `must be ${expected}` }).refine((value) => value.length <= 512 && test(value), {
    error: ({ input }) => `${quoted(String(input))} must be ${expected}`,
  });

const versionRange = text(
  'a range of versions such as >= 1.32, < 1.36',
  (value) => semver.validRange(toSemverRange(value)) !== null,
);

const imageSchema = z
  .object(
    {
      name: text('the name of an image', (value) => value !== ''),
      ref: text('an image reference such as registry.example.com/calico/node:v1.2.3', isReference).optional(),
      repository: text('a repository such as registry.example.com/calico/node', (value) =>
        repository.test(value),
      ).optional(),
      tag: text('a tag or a digest sha256:…', isTag).optional(),
      runtimeVersion: versionRange.optional(),
      targetVersion: versionRange.optional(),
      architectures: z
        .array(z.string({ error: 'must be an architecture such as amd64' }), {
          error: 'must be a list of architectures',
        })
        .optional(),
    },
    { error: 'must be an image with its name and its repository or ref' },
  )
  .refine((image) => image.ref !== undefined || image.repository !== undefined || image.tag !== undefined, {
    error: 'needs ref, repository or tag',
    when: ({ value }) => isRecord(value),
  });

const fileSchema = z.object(
  { images: z.array(imageSchema, { error: 'must be a list of images' }) },
  { error: 'must be an object with images' },
);

/** Accepts a tag, a digest, and a tag followed by a digest (v1@sha256:…). */
function isTag(value: string): boolean {
  const [name = '', hash, ...more] = value.split('@');
  if (more.length > 0) return false;
  return hash === undefined ? tag.test(name) || digest.test(name) : tag.test(name) && digest.test(hash);
}

function isReference(value: string): boolean {
  const [name = '', hash, ...more] = value.split('@');
  if (more.length > 0 || (hash !== undefined && !digest.test(hash))) return false;
  const colon = name.lastIndexOf(':');
  if (colon <= name.lastIndexOf('/')) return repository.test(name);
  return repository.test(name.slice(0, colon)) && tag.test(name.slice(colon + 1));
}
