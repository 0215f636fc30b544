/** A Network or another object changed while it was being reconciled. The plan is outdated, so the run starts again immediately. */
export class Outdated extends Error {
  override readonly name = 'Outdated';
}
