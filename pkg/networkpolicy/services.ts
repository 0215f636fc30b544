import { isRecord, type KubeObject, recordOf } from '../gardener/objects.ts';
import { defaultNamespace } from './read-policy.ts';
import { readLabels } from './read-selector.ts';
import { compileSelector } from './selector.ts';
import { type Labels, type Pod, type Protocol, protocols } from './types.ts';

export interface Service {
  readonly namespace: string;
  readonly name: string;
  readonly type: string;
  /** Absent for a Service whose endpoints someone else manages. */
  readonly selector?: Labels;
  readonly addresses: readonly string[];
  readonly ports: readonly ServicePort[];
  /** With `Local` only pods on the node that receives a packet from outside serve it, and they see the address of the client. */
  readonly externalTrafficPolicy?: string;
}

export interface ServicePort {
  readonly name?: string;
  readonly port: number;
  readonly protocol: Protocol;
  /** The number or the name of the port of the pods. */
  readonly targetPort: number | string;
}

/** Where a Service sends a connection. */
export interface Endpoint {
  readonly pod: Pod;
  readonly port: number;
}

/** Returns the Services among objects. */
export function readServices(objects: readonly KubeObject[]): readonly Service[] {
  return objects.filter(({ kind, apiVersion }) => kind === 'Service' && apiVersion === 'v1').map(readService);
}

function readService({ metadata, spec }: KubeObject): Service {
  const { type = 'ClusterIP', selector, clusterIP, clusterIPs, ports, externalTrafficPolicy } = recordOf(spec);
  const addresses = Array.isArray(clusterIPs) ? clusterIPs : [clusterIP];
  return {
    namespace: metadata.namespace ?? defaultNamespace,
    name: metadata.name,
    type: typeof type === 'string' ? type : '',
    ...(isRecord(selector) ? { selector: readLabels(selector, { path: '', report: () => undefined }) } : {}),
    addresses: addresses.filter((one) => typeof one === 'string' && one !== 'None'),
    ports: (Array.isArray(ports) ? ports : []).flatMap(readServicePort),
    ...(typeof externalTrafficPolicy === 'string' ? { externalTrafficPolicy } : {}),
  };
}

function readServicePort(value: unknown): readonly ServicePort[] {
  const { name, port, protocol = 'TCP', targetPort } = recordOf(value);
  if (typeof port !== 'number' || !protocols.includes(protocol as Protocol)) return [];
  const isTarget = typeof targetPort === 'number' || (typeof targetPort === 'string' && targetPort !== '');
  return [
    {
      ...(typeof name === 'string' ? { name } : {}),
      port,
      protocol: protocol as Protocol,
      targetPort: isTarget ? targetPort : port,
    },
  ];
}

/** Returns the pods of a Service with their ports for one of its ports: policies see connections after this translation. */
export function endpointsOf(service: Service, port: ServicePort, pods: readonly Pod[]): readonly Endpoint[] {
  const { selector, namespace } = service;
  // A selector without labels selects no pod, unlike one of a policy.
  if (selector === undefined || Object.keys(selector).length === 0) return [];
  const matches = compileSelector({ matchLabels: selector });
  return pods
    .filter((pod) => pod.namespace === namespace && matches(pod.labels))
    .flatMap((pod) => {
      const number = targetNumber(port, pod);
      return number === undefined ? [] : [{ pod, port: number }];
    });
}

function targetNumber({ targetPort, protocol }: ServicePort, pod: Pod): number | undefined {
  if (typeof targetPort === 'number') return targetPort;
  return pod.ports.find((one) => one.name === targetPort && one.protocol === protocol)?.port;
}
