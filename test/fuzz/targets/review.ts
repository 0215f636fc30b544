import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { webhookPaths } from '../../../controllers/admission/configurations.ts';
import { createMutator, createValidator } from '../../../controllers/admission/handlers.ts';
import { shootWebhookHandler } from '../../../controllers/shootwebhook/handler.ts';
import { networkConfigSchema as calicoSchema } from '../../../pkg/calico/api/config.ts';
import { networkConfigSchema as ciliumSchema } from '../../../pkg/cilium/api/config.ts';
import type { Clock, Logger } from '../../../pkg/clock/clock.ts';
import { plugins } from '../../../pkg/plugins/index.ts';
import { createBodyReader } from '../../../pkg/webhook/body.ts';
import { replyTo } from '../../../pkg/webhook/reply.ts';
import type { ReviewHandler } from '../../../pkg/webhook/review.ts';
import type { Dice } from '../engine/dice.ts';
import { type FuzzTarget, type MutationContext, must } from '../engine/target.ts';
import { mutateJson } from '../mutate/json.ts';
import { damagedText } from '../mutate/texts.ts';
import { type Answered, assertReply } from '../oracles/review.ts';
import { generateCase, readCase } from './network-case.ts';

/** Bodies of AdmissionReviews, through the reply of the webhook server and the handlers of all paths. */
export const reviewTarget: FuzzTarget = {
  name: 'review',
  seeds: [],
  mostCpuMs: (bytes) => 200 + bytes / 1024,
  generate: generateReview,
  mutate: mutateReview,
  check: async (bytes) => {
    for (const path of paths) await checkPath(path, bytes);
  },
};

const handlers: Readonly<Record<string, ReviewHandler>> = {
  [webhookPaths.validator]: createValidator(plugins),
  [webhookPaths.mutator]: createMutator(plugins),
  ...Object.fromEntries(
    plugins.flatMap(({ shootWebhook }) =>
      shootWebhook === undefined ? [] : [[shootWebhook.path, shootWebhookHandler(shootWebhook)] as const],
    ),
  ),
};
const paths = Object.keys(handlers);

async function checkPath(path: string, bytes: Uint8Array): Promise<void> {
  const answered = await ask(path, bytes);
  if (answered?.allowed !== true) return;
  if (path === webhookPaths.validator) await assertUnchangedIsAllowed(answered);
  else if (answered.isPatched) await assertPatchedOnce(path, answered);
}

/** What was patched needs no further patch: API servers may call a webhook again. */
async function assertPatchedOnce(path: string, { request, patched }: Answered): Promise<void> {
  const again = await ask(path, reviewOf({ ...request, object: patched }));
  must(again?.isPatched === false, 'a second call patches again', () => JSON.stringify(patched).slice(0, 2_000));
}

/** A Shoot that was accepted is accepted when it is stored and written again. */
async function assertUnchangedIsAllowed({ request }: Answered): Promise<void> {
  if (request['operation'] !== 'CREATE') return;
  const again = await ask(
    webhookPaths.validator,
    reviewOf({ ...request, operation: 'UPDATE', oldObject: request['object'] }),
  );
  must(again?.allowed === true, 'an unchanged Shoot is refused', () => JSON.stringify(request).slice(0, 2_000));
}

function reviewOf(request: object): Uint8Array {
  return Buffer.from(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request }));
}

async function ask(path: string, bytes: Uint8Array): Promise<Answered | undefined> {
  const failures: object[] = [];
  const ignore = (): void => undefined;
  const log: Logger = { debug: ignore, info: ignore, warn: ignore, error: (fields) => void failures.push(fields) };
  const bodies = createBodyReader({ clock, limits });
  const request = Object.assign(Readable.from([Buffer.from(bytes)], { objectMode: false }), {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'content-length': String(bytes.length) },
  }) as unknown as IncomingMessage;
  const reply = await replyTo({
    request,
    handler: handlers[path],
    bodies,
    trusted: true,
    clock,
    log,
    handlerTimeoutMs: 8_000,
  });
  const [failure] = failures as readonly { readonly err?: unknown }[];
  if (failure?.err instanceof Error) throw failure.err;
  must(failure === undefined, 'error in the log', () => JSON.stringify(failure));
  must(reply !== undefined, 'no reply', () => path);
  return assertReply({ path, bytes, reply });
}

/** As the server has them. */
const limits = { maxBytes: 7 * 1024 * 1024, maxTotalBytes: 96 * 1024 * 1024, timeoutMs: 5_000 };

/** Nothing here waits: a timer that fires would be a defect. */
const clock: Clock = { now: () => 0, monotonic: () => 0, setTimeout: () => () => undefined };

function generateReview(dice: Dice): Uint8Array {
  const operation = dice.pick(['CREATE', 'CREATE', 'UPDATE', 'DELETE']);
  const object = dice.pick([shootObject, shootObject, configMap, daemonSet])(dice);
  const oldObject = operation === 'UPDATE' ? (dice.chance(0.6) ? object : shootObject(dice)) : 'null';
  const version = dice.chance(0.9) ? 'v1' : 'v1beta1';
  const namespace = object.includes('"Shoot"') ? 'garden-team' : 'kube-system';
  const members = `"uid":"0b4ee04d","operation":"${operation}","namespace":"${namespace}","name":"demo","object":${object},"oldObject":${oldObject}`;
  return Buffer.from(`{"apiVersion":"admission.k8s.io/${version}","kind":"AdmissionReview","request":{${members}}}`);
}

function shootObject(dice: Dice): string {
  return JSON.stringify(readCase(generateCase(dice, dice.pick([0, 0.1, 0.4])))?.shoot ?? {});
}

const corefileLines = [
  '.:53 {',
  '    bind 169.254.20.10 100.64.0.10',
  '    bind fd30:1319:f1e:230b::1',
  '    bind eth0 {',
  '    health 169.254.20.10:8099',
  '    # bind 1.2.3.4',
  '    rewrite name bind 10.0.0.1',
  '}',
] as const;

function configMap(dice: Dice): string {
  const lines = Array.from({ length: 1 + dice.below(8) }, () => {
    const line = dice.pick(corefileLines);
    return dice.chance(0.2) ? damagedText(line, dice) : line;
  });
  const metadata = { name: 'node-local-dns-1a2b', namespace: 'kube-system', labels: { 'k8s-app': 'node-local-dns' } };
  return JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { Corefile: lines.join('\n') } });
}

function daemonSet(dice: Dice): string {
  const args = Array.from({ length: dice.below(4) }, () =>
    dice.pick(['-localip', '-setupinterface=true', '-skipteardown', 'x']),
  );
  const probe = { httpGet: { ...(dice.chance(0.5) ? { host: '169.254.20.10' } : {}), port: 8_099 } };
  const cache = {
    name: 'node-cache',
    ...(dice.chance(0.8) ? { args } : {}),
    ...(dice.chance(0.5) ? { livenessProbe: probe } : {}),
  };
  const adapter = { name: 'coredns-config-adapter', args: ['-inputDir=/a', '-bind=bind 169.254.20.10 fd00::1'] };
  const pod = { hostNetwork: dice.chance(0.5), containers: [cache], initContainers: [adapter] };
  const metadata = { name: 'node-local-dns-a', namespace: 'kube-system', labels: { 'k8s-app': 'node-local-dns' } };
  return JSON.stringify({ apiVersion: 'apps/v1', kind: 'DaemonSet', metadata, spec: { template: { spec: pod } } });
}

const words = `
  apiVersion kind request uid operation namespace name subResource dryRun object oldObject metadata labels annotations finalizers
  deletionTimestamp k8s-app spec status data Corefile template containers initContainers args livenessProbe httpGet host hostNetwork provider
  workers networking providerConfig ipFamilies pods services nodes type kubernetes version kubeProxy enabled technicalID constraints
  advertisedAddresses controlPlane
`;
const keys = [
  ...words.trim().split(/\s+/),
  ...Object.keys(calicoSchema.def.shape),
  ...Object.keys(ciliumSchema.def.shape),
];

const meant: Readonly<Record<string, readonly unknown[]>> = {
  operation: ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'],
  kind: ['AdmissionReview', 'Shoot', 'ConfigMap', 'DaemonSet', 'Seed'],
  apiVersion: ['admission.k8s.io/v1', 'core.gardener.cloud/v1beta1', 'v1', 'apps/v1'],
  namespace: ['kube-system', 'garden-team'],
  type: ['calico', 'cilium', ''],
  name: ['node-local-dns-1', 'node-cache', 'coredns-config-adapter'],
  subResource: ['', 'status'],
  deletionTimestamp: ['2026-01-15T10:00:00Z', null],
};

function mutateReview(input: Uint8Array, context: MutationContext): Uint8Array {
  const valueFor = (key: string, dice: Dice): string | undefined => {
    const known = Object.hasOwn(meant, key) ? meant[key] : undefined;
    if (known !== undefined) return JSON.stringify(dice.pick(known));
    return key === 'object' || key === 'oldObject' ? dice.pick([shootObject, configMap, daemonSet])(dice) : undefined;
  };
  const maxBytes = context.dice.chance(0.005) ? 1024 * 1024 : 64 * 1024;
  return mutateJson(input, context, { keys, valueFor, maxBytes, raw: 0.15 });
}
