/** Goldens of the rendered charts: a few cases contain all objects, the others the difference to the first of them. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { isRecord, type KubeObject } from '../../../pkg/gardener/objects.ts';
import { assertNoStaleGoldens, golden } from '../../support/golden.ts';
import { objectDiff } from '../../support/object-diff.ts';
import {
  type CaseSet,
  type ChartName,
  goldenCases,
  manifest,
  render,
  renderedObjects,
  skip,
  sorted,
} from './charts.ts';

const full = ['defaults', 'calico', 'cilium', 'way-1-automounted-token'];

goldens('controller', ['controller']);
goldens('admission', ['runtime', 'application']);
goldens('both-parts', ['admission']);

/** Declares a test per case and chart; each golden is named after its chart. */
function goldens(set: CaseSet, names: readonly ChartName[]): void {
  const cases = goldenCases(set);
  for (const chart of names) {
    const base = cases.find(({ name }) => name === 'defaults') ?? assert.fail('no case defaults');
    for (const one of cases) {
      test(`${chart} of ${one.name}`, { skip }, () => {
        const objects = renderedObjects(render(chart, one));
        const keys = objects.map(({ apiVersion, kind, metadata }) =>
          [apiVersion, kind, metadata.namespace, metadata.name].join(' '),
        );
        assert.deepEqual(keys, [...new Set(keys)], 'no object is rendered twice');
        if (full.includes(one.name)) golden(path.join(one.folder, `${chart}.yaml`), manifest(objects));
        else
          golden(
            path.join(one.folder, `${chart}.diff`),
            objectDiff(readable(renderedObjects(render(chart, base))), readable(objects)),
          );
      });
    }
  }
  test(`no golden of ${set} is stale`, { skip }, () => {
    for (const suffix of names.flatMap((name) => [`${name}.yaml`, `${name}.diff`]))
      assertNoStaleGoldens(path.join(import.meta.dirname, 'testdata', set), suffix);
  });
}

/** Returns objects with arguments and rules as lines, so that a difference contains single ones. */
function readable(objects: readonly KubeObject[]): readonly KubeObject[] {
  return sorted(objects).map((object) => inLines(object) as KubeObject);
}

function inLines(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inLines);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      Array.isArray(inner) && (name === 'args' || name === 'rules') ? toLines(inner) : inLines(inner),
    ]),
  );
}

function toLines(items: readonly unknown[]): string {
  return items.map((item) => `${typeof item === 'string' ? item : JSON.stringify(item)}\n`).join('');
}
