/** Subjects for the tests of the coverage recorder. */
export function linear(count: number): number {
  let sum = 0;
  for (let index = 0; index < count; index += 1) sum += index;
  return sum;
}

export function quadratic(count: number): number {
  let sum = 0;
  for (let index = 0; index < count; index += 1) sum += linear(index);
  return sum;
}

export function branches(text: string): string {
  if (text.startsWith('a')) return 'first';
  return text.length > 3 ? 'long' : 'short';
}
