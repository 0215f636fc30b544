/** The recorded responses of the admission, where the recordings are. */
import type { Cni } from './cases.ts';
import { referenceText } from './reference.ts';

/** The message of a denial, or `allowed`; undefined where the recordings are missing. */
export function recordedMessage(cni: Cni, name: string): string | undefined {
  const text = referenceText(cni, 'admission', name, 'expected.txt')?.trim();
  if (text === undefined || cni === 'calico') return text;
  return /^validator\.message: (.*)$/m.exec(text)?.[1] ?? 'allowed';
}
