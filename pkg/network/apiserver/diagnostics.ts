import { gardenerVersion } from '../../gardener/api/fields.ts';
import type { DiagnosticRules } from '../diagnostics.ts';

/**
 * Findings of offline commands about what Gardener's API server checks: fields and types, ranges, changes of immutable fields. The admission
 * leaves them to that API server, which may be a later version.
 */
export const gardenerRules = {
  'gardener-immutable-field': {
    severity: 'error',
    title: 'A field of the Shoot cannot be changed',
    reason:
      'The API server of Gardener rejects the update: a running cluster cannot change its provider, network type, ranges or node masks.',
    remedy: 'Restore the stored value, or create a new Shoot.',
    page: 'docs/usage/README.md#configuration',
  },
  'gardener-newer-field': {
    severity: 'warning',
    title: 'A field of the Shoot in a Cluster is not known',
    reason: `gardenlet wrote it, so it belongs to a later version of Gardener than ${gardenerVersion}, with which the fields were compared.`,
    remedy: 'No action is necessary: the network does not depend on the field.',
  },
  'gardener-range-host-bits': {
    severity: 'error',
    title: 'A range has host bits',
    reason: 'The API server of Gardener accepts only ranges whose address is the first one of the range.',
    remedy: 'Write the range as the message says.',
  },
  'gardener-range-invalid': {
    severity: 'error',
    title: 'A range of the Shoot is not valid',
    reason:
      'The API server of Gardener requires CIDRs of the families of the Shoot, and pods, services and nodes that do not overlap.',
    remedy: 'Change one of the ranges.',
    page: 'docs/usage/sizing.md#number-of-nodes',
  },
  'gardener-range-reserved': {
    severity: 'error',
    title: 'A range of the Shoot is reserved',
    reason: 'Gardener uses the range for the connection between seed and shoot, and does not schedule the Shoot.',
    remedy: 'Choose a range outside of the reserved one in the message.',
  },
  'gardener-unknown-field': {
    severity: 'error',
    title: 'A field does not exist in Gardener’s API',
    reason: 'Gardener would ignore a misspelled or misplaced field, and use defaults in its place.',
    remedy: `Move, rename or remove the field. The fields were compared with those of Gardener ${gardenerVersion}; a later one requires a later netext.`,
  },
  'gardener-value-invalid': {
    severity: 'error',
    title: 'A value of the Shoot is rejected by Gardener',
    reason: 'The API server of Gardener validates the fields of the Shoot on which the network depends.',
    remedy: 'Correct or remove the field; the API server of the garden would refuse the object with this message.',
  },
  'gardener-wrong-type': {
    severity: 'error',
    title: 'A value has another type than in Gardener’s API',
    reason:
      'The API server of Gardener cannot decode the object. Strings, numbers, booleans and lists are not converted into each other.',
    remedy: 'Use the type in the message; quote numbers and booleans if a string is expected.',
  },
} as const satisfies DiagnosticRules;
