/**
 * A real kube-apiserver accepts the objects of the Helm charts with strict field validation, in namespaces that allow only
 * restricted pods, and applying them again changes nothing.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { isRecord, type KubeObject, recordOf } from '../../pkg/gardener/objects.ts';
import type { PlainObject } from '../../pkg/templates/render.ts';
import { type ControlPlane, skipWithoutRealControlPlane, startControlPlane } from '../controlplane/index.ts';
import { seedResources } from '../support/seed.ts';
import { type ChartName, goldenCases, render, renderedObjects, skip as withoutHelm } from '../unit/helm/charts.ts';
import { type Applier, applier } from './apply.ts';

const log = (line: string): void => console.error(line);
const withoutServer = await skipWithoutRealControlPlane({
  suite: 'Helm charts are accepted by a real API server',
  log,
});
const skip = withoutServer === false ? withoutHelm : withoutServer;
const namespace = 'shoot--foo--bar';

let controlPlane: ControlPlane;
let apply: Applier;
let rendered: readonly KubeObject[] = [];

before(async () => {
  if (skip !== false) return;
  controlPlane = await startControlPlane({ log, source: 'real', build: false });
  apply = applier(controlPlane);
  await apply.prepare([new URL('../../example/', import.meta.url), new URL('crds/', import.meta.url)]);
  rendered = renderAll();
  const patch = { metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } } };
  await apply.client.mergePatch({ resource: seedResources.namespaces, name: namespace, patch });
});

after(async () => {
  await apply?.close();
  await controlPlane?.stop();
});

test('accepts every object of every case', { skip }, async () => {
  const problems: string[] = [];
  assert.ok(rendered.length > 100, `only ${rendered.length} objects`);
  for (const object of rendered) {
    const problem = await apply.dryRun(plain(object));
    if (problem !== undefined) problems.push(`${object.kind} ${object.metadata.name}: ${problem}`);
  }
  assert.deepEqual(problems, []);
});

test('accepts every pod in a restricted namespace', { skip }, async () => {
  const pods = rendered.flatMap(podsFrom);
  assert.ok(pods.length > 10);
  const problems = await Promise.all(pods.map((pod) => apply.dryRun(plain(pod))));
  assert.deepEqual([...new Set(problems)], [undefined]);
});

test('rejects a privileged pod in a restricted namespace', { skip }, async () => {
  const [pod] = rendered.flatMap(podsFrom);
  const spec = isRecord(pod?.['spec']) ? pod['spec'] : assert.fail('no pod');
  const problem = await apply.dryRun(plain({ ...pod, spec: { ...spec, hostNetwork: true } } as KubeObject));
  assert.match(problem ?? '', /violates PodSecurity "restricted:latest": host namespaces/);
});

test('applying objects again changes nothing', { skip }, async () => {
  const objects = (['controller', 'runtime', 'application'] as const).flatMap((name) =>
    renderedObjects(render(name, { values: {}, namespace })),
  );
  const versions = async (): Promise<readonly string[]> => {
    const found: string[] = [];
    for (const object of objects) found.push(await apply.apply(plain(object)));
    return found;
  };
  const first = await versions();
  assert.deepEqual(await versions(), first);
});

/** Renders the golden cases, and further values whose goldens would be long. */
function renderAll(): readonly KubeObject[] {
  const sets: readonly (readonly ['controller' | 'admission', readonly ChartName[]])[] = [
    ['controller', ['controller']],
    ['admission', ['runtime', 'application']],
  ];
  const monitoring = { prometheusRule: { enabled: true }, dashboards: { enabled: true } };
  return [
    ...renderedObjects(render('controller', { values: { monitoring } })),
    ...sets.flatMap(([set, names]) =>
      goldenCases(set).flatMap((one) => names.flatMap((name) => renderedObjects(render(name, one)))),
    ),
  ];
}

function podsFrom(object: KubeObject): readonly KubeObject[] {
  const spec = recordOf(object['spec']);
  if (object.kind !== 'Deployment' || !isRecord(spec['template'])) return [];
  const { priorityClassName: _, ...podSpec } = recordOf(spec['template']['spec']);
  return [{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'pod', namespace }, spec: podSpec }];
}

function plain(object: KubeObject): PlainObject {
  return object as unknown as PlainObject;
}
