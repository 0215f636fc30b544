import type { ShootNetwork } from '../../network/decode-network.ts';
import type { PlanContext, PlanTools, PostponedPlan } from '../../network/plugin.ts';
import { absentNames } from '../../network/seed-objects.ts';
import { configApiVersion, type NetworkConfig } from '../api/config.ts';
import type { CiliumAssessment } from '../assess.ts';
import { ciliumMonitoring, ciliumMonitoringNames } from '../monitoring/monitoring.ts';
import { nodeLocalDNSWebhook } from '../nodelocaldns/webhook.ts';

interface PostponedInput {
  readonly decoded: ShootNetwork<NetworkConfig>;
  readonly assessment: CiliumAssessment;
  readonly context: PlanContext;
}

/** Plans everything except the ManagedResource of the shoot, which is postponed until the IPAM mode of the shoot is known. */
export function renderPostponedPlan(input: PostponedInput, tools: PlanTools): PostponedPlan {
  const { decoded, assessment, context } = input;
  const { webhook } = context;
  const seedObjects = ciliumMonitoring({ namespace: decoded.network.metadata.namespace });
  return {
    ...(webhook === undefined ? {} : { webhookResource: nodeLocalDNSWebhook.plan(webhook, tools) }),
    seedObjects,
    obsoleteSeedObjects: absentNames(ciliumMonitoringNames, seedObjects),
    // In the order of the spec, which starts with the primary family (verdict 18).
    status: { ipFamilies: assessment.effectiveFamilies, providerStatus },
  };
}

/** apiVersion and kind are those of the Go extension. */
const providerStatus = { apiVersion: configApiVersion, kind: 'NetworkStatus' } as const;
