/** `make charts`: packages the Helm charts in dist/charts, for the registry from which gardenlet and gardener-operator pull them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageChart } from './chart-package.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const target = path.join(root, 'dist/charts');
const admission = 'charts/gardener-extension-networking-admission';

mkdirSync(target, { recursive: true });
for (const folder of [
  'charts/gardener-extension-networking',
  `${admission}/charts/runtime`,
  `${admission}/charts/application`,
  admission,
]) {
  const { file, content } = packageChart(path.join(root, folder));
  writeFileSync(path.join(target, file), content);
  console.log(`dist/charts/${file} (${Math.ceil(content.length / 1024)} KiB)`);
}
