import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { chartSource } from '#charts';
import manifest from '../../../package.json' with { type: 'json' };
import { displayName, readBytes } from '../../../pkg/cli/files.ts';
import { exitCodes, type Terminal } from '../../../pkg/cli/terminal.ts';
import { systemClock } from '../../../pkg/clock/clock.ts';
import { errorMessage } from '../../../pkg/gardener/errors.ts';
import { type LoadedConnection, loadConnection } from '../../../pkg/kubernetes/kubeconfig/kubeconfig.ts';
import type { UnverifiedImage } from '../../../pkg/network/compatibility.ts';
import type { PlanTools } from '../../../pkg/network/plugin.ts';
import { plugins } from '../../../pkg/plugins/index.ts';
import { planTools } from '../../../pkg/plugins/tools.ts';
import { unverifiedOverwrites } from '../../../pkg/plugins/versions.ts';
import { createCharts } from '../../../pkg/templates/charts.ts';
import { ListenError } from '../../../pkg/webhook/listen.ts';
import { InputError, type InputProblem } from '../../../pkg/yaml/input.ts';
import { createLogger } from '../logger.ts';
import type { ConfigFile } from './config.ts';
import type { Note } from './connection.ts';
import type { ControllerOptions } from './options.ts';
import { runProcess } from './run.ts';
import { type ControllerSettings, readControllerSettings } from './settings.ts';
import { servedShootWebhook } from './webhook.ts';

/**
 * `netext controller`: reconciles Networks until the signal aborts, which may be before the start. Throws InputError with all problems of
 * flags, configuration files, image vector and kubeconfig, or for an address that is not available, before it watches anything.
 */
export async function controller(options: ControllerOptions, terminal: Terminal, stop: AbortSignal): Promise<number> {
  const { settings, notes, unverified, tools, connection } = await prepare(options, terminal);
  const { types, classes, featureGates, operatorDefaults, limits, concurrency, selfHosted, seed, shoot } = settings;
  const log = createLogger({
    ...settings.log,
    write: (line) => terminal.out.write(line),
    colour: terminal.out.colour,
  });
  const { version } = manifest;
  const served = plugins.filter(({ type }) => types.includes(type));
  log.info(
    { version, types, classes, featureGates, operatorDefaults, limits, concurrency, selfHosted, seed, shoot },
    'Configured',
  );
  for (const { message, fields } of notes) log.info(fields, message);
  for (const image of unverified)
    log.warn({ ...image }, 'Image has a minor version that this release was not verified with');
  const running = runProcess(
    {
      connection,
      plugins: served,
      tools: (rendered) => ({ ...tools, charts: createCharts(chartSource, rendered) }),
      featureGates,
      operatorDefaults,
      classes,
      concurrency,
      ignoreOperationAnnotation: settings.ignoreOperationAnnotation,
      leaderElection: settings.leaderElection,
      heartbeat: settings.heartbeat,
      addresses: { metrics: settings.metrics, health: settings.health },
      webhook: settings.webhook && servedShootWebhook({ plugins: served, settings: settings.webhook, selfHosted }),
      webhookPaths: plugins.flatMap(({ shootWebhook }) => shootWebhook?.path ?? []),
      selfHosted,
      identity: `${hostname()}_${randomUUID()}`,
      version,
      limits,
      externalShootClient: settings.externalShootClient,
      newId: randomUUID,
      clock: systemClock(),
      random: Math.random,
      log,
    },
    stop,
  );
  try {
    await running;
  } catch (error) {
    if (error instanceof ListenError) throw new InputError([{ message: error.message }], { cause: error });
    throw error;
  }
  return exitCodes.success;
}

interface Prepared {
  readonly settings: ControllerSettings;
  readonly notes: readonly Note[];
  /** In the image vector of the operator. */
  readonly unverified: readonly UnverifiedImage[];
  readonly tools: PlanTools;
  readonly connection: LoadedConnection;
}

async function prepare(options: ControllerOptions, terminal: Terminal): Promise<Prepared> {
  const problems: InputProblem[] = [];
  const collectProblems = async <Value>(promise: Promise<Value>): Promise<Value | undefined> => {
    try {
      return await promise;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  };
  const names = options.configFile ?? [];
  const files = await Promise.all(names.map((name) => collectProblems(readConfigFile(name, terminal))));
  const { env } = process;
  const read = readControllerSettings({ options, env, files: files.filter((one) => one !== undefined), plugins });
  problems.push(...read.problems);
  const { settings, notes } = read;
  const loaded = await collectProblems(loadImages(env['IMAGEVECTOR_OVERWRITE'] || undefined, terminal));
  const connection = settings && (await collectProblems(connect(settings)));
  if (problems.length > 0 || settings === undefined || loaded === undefined || connection === undefined)
    throw new InputError(problems);
  return { settings, notes, ...loaded, connection };
}

async function loadImages(
  overwrite: string | undefined,
  terminal: Terminal,
): Promise<Pick<Prepared, 'tools' | 'unverified'>> {
  const file = overwrite === undefined ? undefined : await readConfigFile(overwrite, terminal);
  return { tools: planTools(file), unverified: file === undefined ? [] : unverifiedOverwrites(file) };
}

async function readConfigFile(name: string, terminal: Terminal): Promise<ConfigFile> {
  return { file: displayName(name), bytes: await readBytes(name, terminal) };
}

async function connect({ kubeconfig, context, master }: ControllerSettings): Promise<LoadedConnection> {
  try {
    const connection = await loadConnection({ file: kubeconfig, context, env: process.env });
    return master === undefined ? connection : { ...connection, server: master };
  } catch (error) {
    throw new InputError([{ message: errorMessage(error) }], { cause: error });
  }
}
