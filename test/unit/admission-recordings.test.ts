/**
 * The recorded answers of the Go extensions' admission against ours, by the handlers of the webhooks and by `netext validate`: the same verdict,
 * the same fields, the same changes. What differs on purpose is in test/parity/deviations.yaml.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { dump, load, loadAll } from 'js-yaml';
import { applyPatch, type Operation } from 'rfc6902';
import { createMutator, createValidator } from '../../controllers/admission/handlers.ts';
import { calico } from '../../pkg/calico/plan.ts';
import { cilium } from '../../pkg/cilium/plan.ts';
import { isRecord, type KubeObject } from '../../pkg/gardener/objects.ts';
import type { ReviewRequest } from '../../pkg/webhook/review.ts';
import { runInFolder } from '../support/command-line.ts';

interface Deviation {
  readonly cni: string;
  readonly admission?: string;
  readonly accepts?: string;
  readonly path?: string;
}

const recordings = path.resolve('../shared/reference');
const there = existsSync(recordings);
if (!there) console.log('SKIPPED: admission against the Go extensions (no recordings in ../shared/reference)');

const deviations = (load(readFileSync('test/parity/deviations.yaml', 'utf8')) as readonly Deviation[]).filter(
  ({ admission }) => admission !== undefined,
);
const plugins = [calico, cilium];
const validate = createValidator(plugins);
const mutate = createMutator(plugins);
const used = new Set<Deviation>();

for (const cni of there ? ['calico', 'cilium'] : []) {
  for (const name of readdirSync(path.join(recordings, cni, 'admission')).sort()) {
    test(`${cni} ${name}`, async () => {
      const folder = path.join(recordings, cni, 'admission', name);
      const [object, oldObject] = loadAll(readFileSync(path.join(folder, 'input.yaml'), 'utf8')) as KubeObject[];
      assert.ok(object !== undefined);
      const recorded = readFileSync(path.join(folder, 'expected.txt'), 'utf8');
      const wanted = expectationOf({ cni, name, recorded });

      const request = requestFor(defaulted(object), oldObject);
      const mutated = await mutatedBy(request);
      if (cni === 'cilium') assert.deepEqual(kubeProxyOf(mutated), recordedKubeProxy(recorded));
      const answer = await validate({ ...request, object: mutated });
      assert.equal(answer.allowed, wanted.allowed, JSON.stringify(answer));
      const causes = answer.allowed ? [] : (answer.causes ?? []);
      for (const field of wanted.fields) {
        assert.ok(
          causes.some((cause) => cause.field.startsWith(field)),
          `${field} in ${JSON.stringify(causes)}`,
        );
      }

      const files = { 'shoot.yaml': dump(object), 'old.yaml': dump(oldObject ?? {}) };
      const old = oldObject === undefined ? [] : ['--old', 'old.yaml'];
      const result = await runInFolder({ argv: ['validate', '-f', 'shoot.yaml', ...old], files });
      assert.equal(result.code, wanted.allowed ? 0 : 1, result.stdout + result.stderr);
      for (const { field, message } of causes) assert.ok(result.stdout.includes(`${field}: ${message}`), result.stdout);
    });
  }
}

test('no deviation of the admission is left over', { skip: !there }, () => {
  assert.deepEqual(
    deviations.filter((one) => !used.has(one)),
    [],
  );
});

interface Recording {
  readonly cni: string;
  readonly name: string;
  readonly recorded: string;
}

/** What ours must say, and the beginnings of the fields that it must name. */
function expectationOf({ cni, name, recorded }: Recording): {
  readonly allowed: boolean;
  readonly fields: readonly string[];
} {
  const text = cni === 'calico' ? recorded.trim() : (/^validator\.message: (.*)$/m.exec(recorded)?.[1] ?? 'allowed');
  const deviation = deviations.find((one) => one.cni === cni && one.admission === name);
  if (deviation === undefined) return { allowed: text === 'allowed', fields: fieldsIn(text) };
  used.add(deviation);
  if (deviation.accepts === undefined) {
    assert.equal(text, 'allowed');
    return { allowed: false, fields: [String(deviation.path)] };
  }
  assert.ok(text.startsWith(deviation.accepts.replace(/\*$/, '')), text);
  return { allowed: true, fields: [] };
}

/** Field paths at the beginning of each message; messages of the Go extensions' decoders name a field without its path. */
function fieldsIn(text: string): readonly string[] {
  const unknown = /^strict decoding error: unknown field "(\w+)"$/.exec(text)?.[1];
  if (unknown !== undefined) return [`spec.networking.providerConfig.${unknown}`];
  if (text.startsWith('no kind "NetworkConfig"')) return ['spec.networking.providerConfig.apiVersion'];
  return Array.from(text.matchAll(/(?:^|[[ ])(spec\.[\w.[\]]+): /g), ([, field = '']) => field);
}

/** With what Gardener's API server writes of kube-proxy before webhooks are asked, as the recordings were made. */
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
  const answer = await mutate(request);
  assert.ok(answer.allowed);
  const object = structuredClone(request.object);
  assert.ok(object !== null);
  assert.ok(applyPatch(object, (answer.patch ?? []) as Operation[]).every((problem) => problem === null));
  return object;
}

/** As the Go extension left it; undefined in a Shoot without. */
function recordedKubeProxy(recorded: string): unknown {
  const text = /^mutated\.kubeProxy: (.*)$/m.exec(recorded)?.[1];
  assert.ok(text !== undefined);
  return text === '<unset>' ? undefined : JSON.parse(text);
}

function kubeProxyOf(shoot: KubeObject): unknown {
  const kubernetes = isRecord(shoot['spec']) ? shoot['spec']['kubernetes'] : undefined;
  return isRecord(kubernetes) ? kubernetes['kubeProxy'] : undefined;
}
