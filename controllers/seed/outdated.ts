/** The Network changed while it was being reconciled: what was planned is outdated, so the run begins anew at once. */
export class Outdated extends Error {
  override readonly name = 'Outdated';
}
