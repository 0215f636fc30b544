/**
 * The data of the core, read from the folder charts/. This module is `#charts` in development and tests; `make build` replaces it by a module
 * with the same exports in which all files have been read, expanded and precompiled (hack/build/build.ts).
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
