/** A Network or another object changed while it was being reconciled. The plan is outdated, so the run starts again at once. */
export class Outdated extends Error {
  override readonly name = 'Outdated';
}
