/**
 * What the core takes as data, read from the folder charts/: this is `#charts` in development and tests. `make build` replaces the
 * module by one with the same exports in which everything has been read, expanded and precompiled (hack/build/build.ts).
 */
import { runInNewContext } from 'node:vm';
import type { ChartSource } from '../pkg/templates/charts.ts';
import { type ChartTexts, readCharts } from './read.ts';

const texts: ChartTexts = readCharts(new URL('..', import.meta.url));

export const chartSource: ChartSource = {
  ...texts,
  templates: Object.fromEntries(
    Object.entries(texts.templates).map(([name, { code, uses }]) => [
      name,
      { uses, spec: runInNewContext(`(${code})`) as TemplateSpecification },
    ]),
  ),
};

export const images: unknown = texts.images;
export const version: string = texts.version;
