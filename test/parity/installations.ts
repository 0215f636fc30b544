/** The recorded installations of the Go extensions: values for their charts, and how the rendered Deployment starts the extension. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { load } from 'js-yaml';
import { type Cni, cnis } from './cases.ts';

export interface Installation {
  readonly type: Cni;
  readonly name: string;
  /** The chart of this project for the same purpose. */
  readonly chart: 'controller' | 'runtime' | 'application';
  readonly release: string;
  readonly namespace: string;
  readonly kubeVersion: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** Keys of the value that the chart misses; undefined where it renders. */
  readonly missing?: readonly string[];
  /** Of the extension itself. */
  readonly process?: ExtensionProcess;
}

/** How a pod of the extension is started. */
export interface ExtensionProcess {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Texts of mounted ConfigMaps by path. */
  readonly mounted: Readonly<Record<string, string>>;
}

/** The content of installations.yaml: installations by name. */
export type InstallationFile = Readonly<Record<string, Omit<Installation, 'type' | 'name'>>>;

/** All of both types. */
export function readInstallations(): readonly Installation[] {
  return cnis.flatMap((type) => {
    const file = load(
      readFileSync(path.join(import.meta.dirname, type, 'installations.yaml'), 'utf8'),
    ) as InstallationFile;
    return Object.entries(file).map(([name, installation]) => ({ type, name, ...installation }));
  });
}

/** Those of the extensions that render, with the process that they start. */
export function readProcesses(): readonly (Installation & { readonly process: ExtensionProcess })[] {
  return readInstallations().flatMap(({ process, ...one }) => (process === undefined ? [] : [{ ...one, process }]));
}
