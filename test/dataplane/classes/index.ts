import type { DataPathClass } from './class.ts';
import { excludedDevices } from './devices.ts';
import { egressGateway } from './egress.ts';
import { identities } from './identities.ts';
import {
  masqueradeIptables,
  masqueradeOff,
  nativeCloudRoutes,
  nativeDualStack,
  nativeIPv6,
  nativePodRoutes,
} from './native.ts';
import { overlay, overlayDualStack, overlayIPv6 } from './overlay.ts';
import { policies } from './policies.ts';

/** All classes in the order of the reference page. */
export const classes: readonly DataPathClass[] = [
  overlay,
  overlayDualStack,
  overlayIPv6,
  nativeCloudRoutes,
  nativePodRoutes,
  nativeDualStack,
  nativeIPv6,
  masqueradeIptables,
  masqueradeOff,
  egressGateway,
  excludedDevices,
  identities,
  policies,
];

/** What `make test` runs: `configs`, and the names of classes. */
export const sample: readonly string[] = ['configs', 'overlay', 'overlay-ipv6', 'policies'];
