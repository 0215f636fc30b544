import type { FieldHints } from './decode-issues.ts';

/** What users write in providerConfig for fields of the Shoot. */
export const shootHints: FieldHints = {
  // Its name is similar to ipv4, an option of both CNIs.
  ipvs: { elsewhere: 'spec.kubernetes.kubeProxy.mode of the Shoot' },
  nodelocaldns: { elsewhere: 'spec.systemComponents.nodeLocalDNS of the Shoot' },
  ipfamilies: { elsewhere: 'spec.networking.ipFamilies of the Shoot' },
  pods: { elsewhere: 'spec.networking.pods of the Shoot' },
  clustercidr: { elsewhere: 'spec.networking.pods of the Shoot' },
};
