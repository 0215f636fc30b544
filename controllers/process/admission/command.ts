import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import manifest from '../../../package.json' with { type: 'json' };
import { exitCodes, type Terminal } from '../../../pkg/cli/terminal.ts';
import { systemClock } from '../../../pkg/clock/clock.ts';
import { errorMessage } from '../../../pkg/gardener/errors.ts';
import {
  inClusterConnection,
  type LoadedConnection,
  loadConnection,
} from '../../../pkg/kubernetes/kubeconfig/kubeconfig.ts';
import { plugins } from '../../../pkg/plugins/index.ts';
import { ListenError } from '../../../pkg/webhook/listen.ts';
import { InputError, type InputProblem } from '../../../pkg/yaml/input.ts';
import { systemProbe } from '../../telemetry/metrics/process.ts';
import { createLogger } from '../logger.ts';
import type { AdmissionOptions } from './options.ts';
import { runAdmission } from './run.ts';
import { type AdmissionSettings, readAdmissionSettings } from './settings.ts';

/**
 * `netext admission`: serves the webhooks of a garden until the signal aborts, which may be before the start. Throws InputError with all
 * problems of flags and kubeconfigs, or for an address that is not available, before it writes anything.
 */
export async function admission(options: AdmissionOptions, terminal: Terminal, stop: AbortSignal): Promise<number> {
  const { env } = process;
  const { settings, problems, notes } = readAdmissionSettings({ options, env, plugins });
  if (settings === undefined) throw new InputError(problems);
  const { garden, source } = await loadConnections(settings);
  const log = createLogger({ ...settings.log, write: (line) => terminal.out.write(line), colour: terminal.out.colour });
  const { version } = manifest;
  const { types, kinds, address, ownerNamespace } = settings;
  log.info({ version, types, kinds, address, ownerNamespace }, 'Configured');
  for (const { message, fields } of notes) log.info(fields, message);
  const own = { version, probe: systemProbe(), clock: systemClock(), random: Math.random, log };
  try {
    await runAdmission(
      {
        ...settings,
        ...own,
        garden,
        source,
        plugins: plugins.filter(({ type }) => types.includes(type)),
        allPlugins: plugins,
        identity: `${hostname()}_${randomUUID()}`,
        userAgent: `gardener-extension-networking-admission/${version}`,
      },
      stop,
    );
  } catch (error) {
    if (error instanceof ListenError) throw new InputError([{ message: error.message }], { cause: error });
    throw error;
  }
  return exitCodes.success;
}

interface Connections {
  readonly garden: LoadedConnection;
  readonly source: LoadedConnection | undefined;
}

/** Throws InputError with the problems of both. */
async function loadConnections({ garden, source }: AdmissionSettings): Promise<Connections> {
  const { env } = process;
  const { kubeconfig, context, master } = garden;
  const load = (): Promise<LoadedConnection> =>
    source?.kubeconfig === undefined ? inClusterConnection({ env }) : loadConnection({ file: source.kubeconfig, env });
  const settled = await Promise.allSettled([
    loadConnection({ file: kubeconfig, context, env }),
    source === undefined ? undefined : load(),
  ]);
  const problems = settled.flatMap((one): readonly InputProblem[] =>
    one.status === 'rejected' ? [{ message: errorMessage(one.reason) }] : [],
  );
  const [first, second] = settled;
  if (first.status === 'rejected' || second.status === 'rejected') throw new InputError(problems);
  return { garden: master === undefined ? first.value : { ...first.value, server: master }, source: second.value };
}
