import { calico } from '../calico/plan.ts';
import { cilium } from '../cilium/plan.ts';
import type { NetworkPlugin } from '../network/plugin.ts';

/** All CNIs of this program. A further CNI is a folder beside pkg/calico and pkg/cilium, and a line here. */
export const plugins: readonly NetworkPlugin[] = [calico, cilium];
