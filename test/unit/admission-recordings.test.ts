/**
 * The admission gives the verdicts of the Go extensions on recorded requests, by the handlers of the webhooks and by `netext validate`: allowed or
 * denied, the fields of a denial, and what the mutating webhook changes. Differences on purpose are in test/parity/deviations.yaml.
 */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { dump } from 'js-yaml';
import { applyPatch, type Operation } from 'rfc6902';
import { createMutator, createValidator } from '../../controllers/admission/handlers.ts';
import { calico } from '../../pkg/calico/plan.ts';
import { cilium } from '../../pkg/cilium/plan.ts';
import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import type { ReviewRequest } from '../../pkg/webhook/review.ts';
import { type AdmissionRequest, readRequests } from '../parity/admission.ts';
import { cnis } from '../parity/cases.ts';
import { matches, readDeviations } from '../parity/deviations.ts';
import { recordedMessage } from '../parity/reference/admission.ts';
import { runInFolder } from '../support/command-line.ts';

const plugins = [calico, cilium];
const validate = createValidator(plugins);
const mutate = createMutator(plugins);
const deviations = readDeviations().filter(({ admission }) => admission !== undefined);

for (const cni of cnis) {
  suite(`${cni} judges as the Go extension`, () => {
    for (const one of readRequests(cni)) {
      const expected = expectedVerdict(one);

      test(one.name, async () => {
        const request = requestFor(defaulted(one.shoot), one.oldShoot);
        const mutated = await mutatedBy(request);
        if (cni === 'cilium') assert.deepEqual(kubeProxyOf(mutated), one.kubeProxy);
        const response = await validate({ ...request, object: mutated });
        assert.equal(response.allowed, expected === 'allowed', JSON.stringify(response));
        const causes = response.allowed ? [] : (response.causes ?? []);
        for (const field of expected === 'allowed' ? [] : expected) {
          assert.ok(
            causes.some((cause) => cause.field.startsWith(field)),
            `${field} in ${JSON.stringify(causes)}`,
          );
        }

        const files = { 'shoot.yaml': dump(one.shoot), 'old.yaml': dump(one.oldShoot ?? {}) };
        const old = one.oldShoot === undefined ? [] : ['--old', 'old.yaml'];
        const result = await runInFolder({ argv: ['validate', '-f', 'shoot.yaml', ...old], files });
        const codes = [...result.stdout.matchAll(/: error: .*\n.*\[(?<code>[a-z0-9-]+)\]$/gm)].map(
          (match) => match[1] ?? '',
        );
        // Offline, errors that Gardener reports itself are errors as well; the webhooks leave them to Gardener.
        const own = codes.filter((code) => !code.startsWith('gardener-'));
        assert.equal(own.length === 0, expected === 'allowed', result.stdout + result.stderr);
        assert.equal(result.code, codes.length === 0 ? 0 : 1);
        for (const { field, message } of causes)
          assert.ok(result.stdout.includes(`${field}: ${message}`), result.stdout);
      });
    }
  });
}

test('each deviation of the admission is a difference from a recorded verdict', () => {
  for (const { cni, admission, accepts } of deviations) {
    const one = readRequests(cni).find(({ name }) => name === admission);
    assert.ok(one !== undefined, admission);
    assert.equal(one.denied !== undefined, accepts !== undefined, admission);
    const message = recordedMessage(cni, one.name);
    assert.ok(message === undefined || accepts === undefined || matches(accepts, message), message);
  }
});

/** `allowed`, or the beginnings of the fields that a denial must name. */
function expectedVerdict({ cni, name, denied }: AdmissionRequest): 'allowed' | readonly string[] {
  const deviation = deviations.find((one) => one.cni === cni && one.admission === name);
  if (deviation === undefined) return denied ?? 'allowed';
  return deviation.accepts === undefined ? [String(deviation.path)] : 'allowed';
}

/** Adds what Gardener's API server writes into spec.kubernetes.kubeProxy before it calls webhooks. */
function defaulted(shoot: KubeObject): KubeObject {
  const spec = isRecord(shoot['spec']) ? shoot['spec'] : {};
  const workers = isRecord(spec['provider']) ? spec['provider']['workers'] : undefined;
  if (!Array.isArray(workers) || workers.length === 0) return shoot;
  const kubeProxy = { enabled: true, mode: 'IPTables', ...(kubeProxyOf(shoot) as object | undefined) };
  const kubernetes = { ...(spec['kubernetes'] as object | undefined), kubeProxy };
  return { ...shoot, spec: { ...spec, kubernetes } };
}

function requestFor(object: KubeObject, oldObject: KubeObject | undefined): ReviewRequest {
  const { namespace = '', name } = object.metadata;
  const operation = oldObject === undefined ? 'CREATE' : 'UPDATE';
  return { uid: 'one', operation, dryRun: false, namespace, name, object, oldObject: oldObject ?? null };
}

async function mutatedBy(request: ReviewRequest): Promise<KubeObject> {
  const response = await mutate(request);
  assert.ok(response.allowed);
  const object = structuredClone(request.object);
  assert.ok(object !== null);
  assert.ok(applyPatch(object, (response.patch ?? []) as Operation[]).every((problem) => problem === null));
  return object;
}

function kubeProxyOf(shoot: KubeObject): unknown {
  const kubernetes = isRecord(shoot['spec']) ? shoot['spec']['kubernetes'] : undefined;
  return isRecord(kubernetes) ? kubernetes['kubeProxy'] : undefined;
}
