/**
 * Returns whether a JSON value contains more than `most` values: members of objects and entries of lists, at any depth. Time and memory are
 * proportional to `most`, not to the value: a list from a client may have millions of entries, and a copy of them takes several times the memory
 * of the list. Not recursive.
 */
export function hasMoreValues(value: unknown, most: number): boolean {
  const stack: unknown[] = [value];
  let left = most;
  while (stack.length > 0) {
    const next = stack.pop();
    if (typeof next !== 'object' || next === null) continue;
    left -= countMembers(next, left);
    if (left < 0) return true;
    for (const member of Object.values(next)) stack.push(member);
  }
  return false;
}

/** Returns the number of members of an object or entries of a list. Stops at `most` + 1. */
export function countMembers(value: object, most: number): number {
  if (Array.isArray(value)) return value.length;
  let count = 0;
  // The only loop over members that allocates no list of them; JSON has no inherited ones.
  for (const _ in value) {
    count += 1;
    if (count > most) break;
  }
  return count;
}
