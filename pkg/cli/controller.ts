import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { runProcess } from '../../controllers/main.ts';
import manifest from '../../package.json' with { type: 'json' };
import { systemClock } from '../kubernetes/clock.ts';
import { type LoadedConnection, loadConnection } from '../kubernetes/kubeconfig.ts';
import type { PlanTools } from '../network/plugin.ts';
import { plugins as all, nameOf, planTools, readBytes } from './context.ts';
import type { ConfigFile } from './controller-config.ts';
import type { Note } from './controller-connection.ts';
import type { ControllerOptions } from './controller-options.ts';
import { type ControllerSettings, readControllerSettings } from './controller-settings.ts';
import { createLogger } from './logger.ts';
import { exitCodes, InputError, type InputProblem, type Terminal } from './terminal.ts';

/** Cilium's plan needs the webhook server for node-local DNS, which this process does not have yet; half a network would be worse than none. */
const plugins = all.filter((plugin) => plugin.webhookResource === undefined);

/**
 * `netext controller`: reconciles Networks until SIGTERM or SIGINT; a second signal ends it at once. Mistakes in flags, configuration
 * files, image vector and kubeconfig end it before anything is watched, all of them at once.
 */
export async function controller(options: ControllerOptions, terminal: Terminal): Promise<number> {
  const { settings, notes, tools, connection } = await prepare(options, terminal);
  const { types, classes, featureGates, limits, concurrency, selfHosted, seed, shoot } = settings;
  const log = createLogger({
    ...settings.log,
    write: (line) => terminal.out.write(line),
    colour: terminal.out.colour,
  });
  const { version } = manifest;
  log.info({ version, types, classes, featureGates, limits, concurrency, selfHosted, seed, shoot }, 'Configured');
  for (const { message, fields } of notes) log.info(fields, message);
  await runProcess(
    {
      connection,
      plugins: plugins.filter(({ type }) => types.includes(type)),
      tools,
      featureGates,
      classes,
      concurrency,
      ignoreOperationAnnotation: settings.ignoreOperationAnnotation,
      leaderElection: settings.leaderElection,
      heartbeat: settings.heartbeat,
      identity: `${hostname()}_${randomUUID()}`,
      userAgent: `gardener-extension-networking/${version}`,
      limits,
      externalShootClient: settings.externalShootClient,
      clock: systemClock(),
      random: Math.random,
      log,
    },
    untilSignalled(),
  );
  return exitCodes.fine;
}

interface Prepared {
  readonly settings: ControllerSettings;
  readonly notes: readonly Note[];
  readonly tools: PlanTools;
  readonly connection: LoadedConnection;
}

async function prepare(options: ControllerOptions, terminal: Terminal): Promise<Prepared> {
  const problems: InputProblem[] = [];
  const orProblems = async <Value>(promise: Promise<Value>): Promise<Value | undefined> => {
    try {
      return await promise;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  };
  const names = options.configFile ?? [];
  const files = await Promise.all(names.map((name) => orProblems(configFile(name, terminal))));
  const { env } = process;
  const read = readControllerSettings({ options, env, files: files.filter((one) => one !== undefined), plugins });
  problems.push(...read.problems);
  const { settings, notes } = read;
  const tools = await orProblems(planTools(env['IMAGEVECTOR_OVERWRITE'] || undefined, terminal));
  const connection = settings && (await orProblems(connectionOf(settings)));
  if (problems.length > 0 || settings === undefined || tools === undefined || connection === undefined)
    throw new InputError(problems);
  return { settings, notes, tools, connection };
}

async function configFile(name: string, terminal: Terminal): Promise<ConfigFile> {
  return { file: nameOf(name), bytes: await readBytes(name, terminal) };
}

async function connectionOf({ kubeconfig, context, master }: ControllerSettings): Promise<LoadedConnection> {
  try {
    const connection = await loadConnection({ file: kubeconfig, context, env: process.env });
    return master === undefined ? connection : { ...connection, server: master };
  } catch (error) {
    throw new InputError([{ message: error instanceof Error ? error.message : String(error) }], { cause: error });
  }
}

/** Aborts at the first SIGTERM or SIGINT; as PID 1 of a container nobody else would handle them. */
function untilSignalled(): AbortSignal {
  const aborter = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.on(name, () => {
      if (aborter.signal.aborted) process.exit(exitCodes.internal);
      aborter.abort();
    });
  }
  return aborter.signal;
}
