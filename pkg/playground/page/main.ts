import './jitless.ts';
import { type ClassAttributes, createElement, render } from 'preact';
import { version } from '#charts';
import { plugins } from '../../plugins/index.ts';
import type { Question } from '../model/evaluate.ts';
import { createModel } from '../model/model.ts';
import { decodeQuestion } from '../model/share.ts';
import { App, type AppProps } from './app.ts';
import { exampleQuestion, readHostConfig } from './config.ts';
import { createTools } from './core.ts';
import type { Theme } from './state.ts';
import { strings } from './strings.ts';

const config = readHostConfig(globalThis.netextPlayground);
const examples = globalThis.netextExamples ?? [];
const model = createModel({ plugins, tools: createTools(config.images) });
const linked = location.hash.length > 1 ? decodeQuestion(location.hash.slice(1)) : undefined;
const byName = examples.find(({ id }) => location.hash === `#example=${id}`);
const fallback: Question = {
  ...exampleQuestion(byName?.text ?? config.start ?? examples[0]?.text ?? ''),
  ...(config.featureGates === undefined ? {} : { featureGates: config.featureGates }),
};
const question = linked ?? fallback;
const isDamaged = location.hash.length > 1 && linked === undefined && byName === undefined;
const theme = readTheme();
applyTheme(theme);

const root = document.querySelector('#app');
if (root !== null) {
  root.textContent = '';
  const start = {
    question,
    baseline: { ...question, old: undefined },
    tab: 'findings',
    family: 0,
    packet: 'pod',
    search: '',
    theme,
    notice: isDamaged ? strings.share.badLink : '',
  } as const;
  const onTheme = (chosen: Theme): void => {
    applyTheme(chosen);
    storeTheme(chosen);
  };
  const app: { current: App | null } = { current: null };
  render(
    createElement<AppProps & ClassAttributes<App>>(App, {
      model,
      examples,
      config,
      start,
      version,
      onTheme,
      ref: (one: App | null) => {
        app.current = one;
      },
    }),
    root,
  );
  // A link that is opened in the same tab changes the hash only.
  addEventListener('hashchange', () => {
    const example = examples.find(({ id }) => location.hash === `#example=${id}`);
    const next = example === undefined ? decodeQuestion(location.hash.slice(1)) : exampleQuestion(example.text);
    if (next !== undefined) app.current?.load(next);
  });
}

/** The functions that tests in a browser call. */
globalThis.netextModel = model;

declare global {
  var netextModel: ReturnType<typeof createModel>;
}

if ('serviceWorker' in navigator && location.protocol.startsWith('http'))
  navigator.serviceWorker.register('service-worker.js').catch(() => {
    // Without it the page works as well, but not offline.
  });

function applyTheme(chosen: Theme): void {
  if (chosen === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = chosen;
}

/** The only thing that the page stores. Storage may be forbidden. */
function readTheme(): Theme {
  try {
    const stored = localStorage.getItem('netext-theme');
    return stored === 'light' || stored === 'dark' ? stored : 'system';
  } catch {
    return 'system';
  }
}

function storeTheme(chosen: Theme): void {
  try {
    localStorage.setItem('netext-theme', chosen);
  } catch {
    // The choice lasts until the page is closed.
  }
}
