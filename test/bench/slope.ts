export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Returns the slope of the least-squares line through the points: y per x; 0 for fewer than two different x. */
export function slope(points: readonly Point[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, one) => sum + one, 0) / values.length;
  const [x, y] = [mean(points.map((one) => one.x)), mean(points.map((one) => one.y))];
  const spread = points.reduce((sum, one) => sum + (one.x - x) ** 2, 0);
  if (points.length < 2 || spread === 0) return 0;
  return points.reduce((sum, one) => sum + (one.x - x) * (one.y - y), 0) / spread;
}
