/** Names in docs/operations exist in the code: alerts, metrics, flags, variables, values, permissions, log messages. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { load, loadAll } from 'js-yaml';
import { images } from '#charts';
import { admissionEnvironment } from '../../controllers/process/admission/options.ts';
import { readControllerConfigs } from '../../controllers/process/controller/config.ts';
import { controllerEnvironment } from '../../controllers/process/controller/options.ts';
import { createProgram } from '../../controllers/program.ts';
import { metricTable } from '../../controllers/telemetry/metrics/table.ts';
import { alertRules } from '../../controllers/telemetry/monitoring/alert.ts';
import { controllerAlerts } from '../../controllers/telemetry/monitoring/alerts.ts';
import { admissionAlerts } from '../../controllers/telemetry/monitoring/alerts-admission.ts';
import { errorCodes } from '../../pkg/gardener/constants.ts';
import { parseImageVector } from '../../pkg/gardener/imagevector-file.ts';
import { isRecord, recordOf } from '../../pkg/gardener/objects.ts';
import { readImages } from '../../pkg/plugins/images.ts';
import { plugins } from '../../pkg/plugins/index.ts';
import { type Block, type Page, pageAnchors, readPages, readProse } from '../support/usage-docs.ts';
import { render, renderedObjects, skip } from './helm/charts.ts';

const root = path.join(import.meta.dirname, '../..');
const pages = readPages(root, 'docs/operations');
const pageAt = (name: string): Page =>
  pages.find(({ file }) => file === `docs/operations/${name}`) ?? assert.fail(`${name} does not exist`);

const alerts = [...controllerAlerts.alerts, ...admissionAlerts.alerts];

test('monitoring.md has a section for each alert, to which its runbook annotation points, and no other', () => {
  const page = pageAt('monitoring.md');
  const sections = Array.from(readProse(page).matchAll(/^### (.+)$/gm), ([, title = '']) => title);
  assert.deepEqual(
    sections,
    alerts.map(({ name }) => name),
  );
  const rules = JSON.stringify([controllerAlerts, admissionAlerts].map(alertRules));
  const runbooks = Array.from(rules.matchAll(/"runbook":"([^"]+)"/g), ([, target = '']) => target.split('#'));
  assert.equal(runbooks.length, alerts.length);
  for (const [file, anchor = ''] of runbooks) {
    assert.equal(file, page.file);
    assert.ok(pageAnchors(page).has(anchor), anchor);
  }
  for (const { name, severity } of alerts)
    assert.match(
      page.text,
      new RegExp(`### ${name}\\n\\n\\*\\*${severity}\\.\\*\\*`, 'i'),
      'the section starts with the severity',
    );
});

test('all mentioned metrics exist', () => {
  const prefixes = [...new Set(Object.keys(metricTable).map((name) => name.split('_')[0] ?? ''))];
  const pattern = new RegExp(`\\b(?:${prefixes.join('|')})_[a-z_]+[a-z]\\b`, 'g');
  const named = all(pattern).filter(({ text }) => !['networking_extension'].includes(text));
  for (const { file, text } of named) {
    const known = text === 'gardener_extension_network' || text.replace(/_(?:bucket|sum|count)$/, '') in metricTable;
    assert.ok(known, `${file}: unknown metric ${text}`);
  }
  assert.ok(named.length > 15);
});

test('flags in code style exist', () => {
  const nothing = { write: assert.fail, colour: false, width: undefined };
  const terminal = {
    stdin: assert.fail,
    readFile: assert.fail,
    listFolder: assert.fail,
    out: nothing,
    err: nothing,
  };
  const { commands } = createProgram(terminal, () => assert.fail('a command ran'));
  const known = new Set(commands.flatMap(({ options }) => options.flatMap(({ long }) => long ?? [])));
  known.add('--help');
  const named = spans().filter(({ text }) => text.startsWith('--'));
  for (const { file, text } of named) {
    const [flag = ''] = text.split(/[ =]/);
    assert.ok(known.has(flag), `${file}: unknown flag ${flag}`);
  }
  assert.ok(named.length > 15);
});

test('variables and error codes in code style exist', () => {
  const known = new Set([
    ...Object.keys({ ...controllerEnvironment, ...admissionEnvironment }),
    ...Object.values(errorCodes),
    // Set by Kubernetes, and for glibc by the Dockerfile.
    'KUBERNETES_SERVICE_HOST',
    'MALLOC_ARENA_MAX',
    'MALLOC_TRIM_THRESHOLD_',
  ]);
  const named = spans().filter(({ text }) => /^[A-Z]+_[A-Z_]+(?:=.*)?$/.test(text));
  for (const { file, text } of named) assert.ok(known.has(text.split('=')[0] ?? ''), `${file}: unknown name ${text}`);
  assert.ok(named.length > 4);
});

const controllerSchema = 'charts/gardener-extension-networking/values.schema.json';
const admissionSchema = 'charts/gardener-extension-networking-admission/charts/runtime/values.schema.json';

test('values exist in the charts', () => {
  const schemas = { Value: schemaAt(controllerSchema), 'Value of the admission': schemaAt(admissionSchema) };
  let named = 0;
  for (const [head, schema] of Object.entries(schemas)) {
    for (const { file, text } of firstColumns(head)) {
      for (const [, value = ''] of text.matchAll(/`([^`]+)`/g)) {
        assert.ok(hasValue(schema, value), `${file}: unknown value ${value}`);
        named += 1;
      }
    }
  }
  assert.ok(named > 30);
  const groups = /^(?:config|controllers|image|metrics|monitoring|vpa|webhookConfig)\.[a-zA-Z.]+$/;
  for (const { file, text } of spans().filter((one) => groups.test(one.text) && one.text !== 'config.js'))
    assert.ok(
      Object.values(schemas).some((schema) => hasValue(schema, text)),
      `${file}: unknown value ${text}`,
    );
});

test('configuring.md has a row for every top-level value of the controller', () => {
  const rows = firstColumns('Value')
    .filter(({ file }) => file.endsWith('configuring.md'))
    .map(({ text }) => text);
  const properties = Object.keys(schemaAt(controllerSchema)['properties'] as object);
  // Gardener sets these.
  const missing = properties.filter(
    (name) =>
      !['gardener', 'global', 'maxSurge', 'maxUnavailable'].includes(name) &&
      !rows.some((row) => row.includes(`\`${name}`)),
  );
  assert.deepEqual(missing, []);
});

test('log messages exist in the code', () => {
  const sources = globSync(['controllers/**/*.ts', 'pkg/**/*.ts'], { cwd: root })
    .filter((file) => !file.endsWith('.test.ts'))
    .map((file) => readFileSync(path.join(root, file), 'utf8'))
    .join('\n');
  const named = spans().filter(({ text }) => /^".+"$/.test(text));
  for (const { file, text } of named)
    assert.ok(sources.includes(`'${text.slice(1, -1)}'`), `${file}: no code logs ${text}`);
  assert.ok(named.length > 8);
});

test('security.md names exactly the resources in the roles of the charts', () => {
  const namedIn = (rows: readonly Named[]): readonly string[] => [
    ...new Set(rows.flatMap((row) => Array.from(row.text.matchAll(/`([^`]+)`/g), ([, name = '']) => name))),
  ];
  const controller = ruleResources('charts/gardener-extension-networking');
  const admission = ruleResources('charts/gardener-extension-networking-admission/charts/*');
  assert.ok(controller.length > 10 && admission.length > 3);
  assert.deepEqual([...namedIn(firstColumns('Resource'))].sort(), controller);
  assert.deepEqual([...namedIn(columnsAfter('Where', 'Resource'))].sort(), admission);
});

for (const page of pages) {
  for (const block of page.blocks.filter(({ language }) => language === 'yaml'))
    test(`${page.file}:${block.line} is accepted`, { skip: needsHelm(block) && skip }, () => accept(page, block));
}

interface Named {
  readonly file: string;
  readonly text: string;
}

/** Returns all matches on the pages, including code blocks. */
function all(pattern: RegExp): readonly Named[] {
  return pages.flatMap(({ file, text }) => Array.from(text.matchAll(pattern), ([match]) => ({ file, text: match })));
}

/** Returns texts in code style; a line break counts as a space. */
function spans(): readonly Named[] {
  return pages.flatMap((page) =>
    Array.from(readProse(page).matchAll(/`([^`]+)`/g), ([, text = '']) => ({
      file: page.file,
      text: text.replaceAll(/\s+/g, ' '),
    })),
  );
}

function firstColumns(head: string): readonly Named[] {
  return columns((cells) => (cells[0] === head ? 0 : undefined));
}

function columnsAfter(first: string, head: string): readonly Named[] {
  return columns((cells) => (cells[0] === first && cells[1] === head ? 1 : undefined));
}

/** Returns the cells of the chosen column of each table. */
function columns(choose: (head: readonly string[]) => number | undefined): readonly Named[] {
  return pages.flatMap((page) =>
    readProse(page)
      .split('\n\n')
      .filter((text) => text.startsWith('|'))
      .flatMap((table) => {
        const [head = [], , ...rows] = table.split('\n').map(tableCells);
        const column = choose(head);
        return column === undefined ? [] : rows.map((row) => ({ file: page.file, text: row[column] ?? '' }));
      }),
  );
}

function tableCells(row: string): readonly string[] {
  return row
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

type Json = Readonly<Record<string, unknown>>;

function schemaAt(file: string): Json {
  return JSON.parse(readFileSync(path.join(root, file), 'utf8')) as Json;
}

/** Reports whether a schema has a value with this path; an object with arbitrary keys has all values. */
function hasValue(schema: Json, value: string): boolean {
  const known = (at: unknown, [name, ...rest]: readonly string[]): boolean => {
    if (name === undefined) return true;
    const parts = subschemas(schema, at);
    const inside = parts.flatMap(({ properties }) => (isRecord(properties) ? [properties[name]] : [])).filter(isRecord);
    if (inside.length > 0) return inside.some((one) => known(one, rest));
    return parts.some(({ additionalProperties }) => isRecord(additionalProperties));
  };
  return known(schema, value.split('.'));
}

/** Returns a schema with all schemas that it references and combines. */
function subschemas(schema: Json, at: unknown): readonly Json[] {
  if (!isRecord(at)) return [];
  const { $ref: reference, allOf } = at;
  const referred =
    typeof reference === 'string'
      ? reference
          .slice(2)
          .split('/')
          .reduce(step, schema as unknown)
      : undefined;
  return [
    at,
    ...subschemas(schema, referred),
    ...(Array.isArray(allOf) ? allOf : []).flatMap((one) => subschemas(schema, one)),
  ];
}

function step(parent: unknown, key: string): unknown {
  return isRecord(parent) ? parent[key] : undefined;
}

/** Returns the resources in the rbac.yaml of charts, which contains a list, or lists by cluster. */
function ruleResources(charts: string): readonly string[] {
  const contents = globSync(`${charts}/rbac.yaml`, { cwd: root }).map((file) =>
    load(readFileSync(path.join(root, file), 'utf8')),
  );
  const lists = contents.flatMap((content) => (Array.isArray(content) ? [content] : Object.values(recordOf(content))));
  const rules = lists.flat().filter(isRecord);
  return [...new Set(rules.flatMap((rule) => rule['resources'] as readonly string[]))].sort();
}

function needsHelm({ text }: Block): boolean {
  return /^(?:helm|global):/m.test(text);
}

/** Asserts that the consumer of the example accepts it: the program or a chart. */
function accept({ file }: Page, { text }: Block): void {
  const documents = loadAll(text).filter(isRecord);
  const [first = {}] = documents;
  if (first['kind'] === 'ControllerConfiguration') {
    assert.deepEqual(readControllerConfigs([{ file, bytes: Buffer.from(text) }], plugins).problems, []);
  } else if ('images' in first) {
    const shipped = parseImageVector(images).images;
    const merged = readImages({ file, bytes: Buffer.from(text), shipped });
    assert.equal(merged.length, shipped.length, 'each entry replaces a shipped one');
  } else if ('global' in first) {
    // With a virtual garden each part is installed separately.
    for (const other of ['runtime', 'application'])
      assert.ok(renderedObjects(render('admission', { values: { ...first, [other]: { enabled: false } } })).length > 0);
  } else if (isRecord(first['helm'])) {
    assert.ok(renderedObjects(render('controller', { values: first['helm']['values'] })).length > 0);
  } else assert.fail('the example has no known consumer');
}
