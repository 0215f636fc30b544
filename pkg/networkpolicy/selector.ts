import type { LabelRequirement, LabelSelector, Labels } from './types.ts';

export type LabelMatcher = (labels: Labels) => boolean;

/**
 * Returns a function that reports whether labels match a selector, as k8s.io/apimachinery/pkg/labels: all requirements must hold, an empty
 * selector matches everything, and NotIn also matches if the label is absent.
 */
export function compileSelector({ matchLabels = {}, matchExpressions = [] }: LabelSelector): LabelMatcher {
  const equal = Object.entries(matchLabels);
  const requirements = matchExpressions.map(compileRequirement);
  if (equal.length === 0 && requirements.length === 0) return () => true;
  return (labels) =>
    equal.every(([key, value]) => labelOf(labels, key) === value) && requirements.every((matches) => matches(labels));
}

function compileRequirement({ key, operator, values = [] }: LabelRequirement): LabelMatcher {
  const wanted = new Set(values);
  switch (operator) {
    case 'In':
      return (labels) => {
        const value = labelOf(labels, key);
        return value !== undefined && wanted.has(value);
      };
    case 'NotIn':
      return (labels) => {
        const value = labelOf(labels, key);
        return value === undefined || !wanted.has(value);
      };
    case 'Exists':
      return (labels) => Object.hasOwn(labels, key);
    case 'DoesNotExist':
      return (labels) => !Object.hasOwn(labels, key);
  }
}

/** Labels are data of users, who may name one `constructor`. */
function labelOf(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}
