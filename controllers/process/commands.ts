import type { CommandContext } from '../../pkg/cli/commands.ts';
import { type AdmissionOptions, withAdmissionOptions } from './admission/options.ts';
import { type ControllerOptions, withControllerOptions } from './controller/options.ts';
import type { PlaygroundOptions } from './playground/command.ts';
import { stopSignal } from './signals.ts';

export const processExamples = {
  controller: [
    'netext controller --types calico --no-leader-election --log-format text',
    'netext controller --config-file example/00-componentconfig.yaml --leader-election-namespace extension-networking',
  ],
  admission: [
    'netext admission --no-leader-election --webhook-config-mode url --webhook-config-url 127.0.0.1:10250 --webhook-config-namespace garden',
    'netext admission --types cilium --webhook-config-owner-namespace extension-networking-cilium --webhook-config-server-port 10250',
  ],
  playground: ['netext playground --port 8080', 'netext playground --config playground.json'],
} as const;

/**
 * Adds `controller`, `admission` and `playground`, which run until SIGTERM or SIGINT. Their implementations are imported when a command runs, after the
 * signal handlers are installed.
 */
export function addProcessCommands({ add, terminal, done }: CommandContext): void {
  withControllerOptions(add('controller'))
    .description('run the Network controller for a seed')
    .action(async (options: ControllerOptions) => {
      const stop = stopSignal();
      done(await (await import('./controller/command.ts')).controller(options, terminal, stop));
    });
  withAdmissionOptions(add('admission'))
    .description('run the admission webhooks for Shoots of a garden')
    .action(async (options: AdmissionOptions) => {
      const stop = stopSignal();
      done(await (await import('./admission/command.ts')).admission(options, terminal, stop));
    });
  add('playground')
    .description('serve a page on 127.0.0.1 that shows in the browser what a configuration does')
    .option('--port <port>', 'port; with 0 the system chooses one', '0')
    .option('--config <file>', 'settings of the page, as JSON: images, featureGates, pages, start')
    .option('--folder <folder>', 'the files of make playground (default: beside netext)')
    .action(async (options: PlaygroundOptions) => {
      const stop = stopSignal();
      done(await (await import('./playground/command.ts')).playground(options, terminal, stop));
    });
}
