import type { ConfigVerdict } from '../inside/configs.ts';
import type { ClassResult, Observer } from '../session.ts';
import type { Check } from '../stage.ts';

export interface Printer extends Observer {
  total(all: { readonly results: readonly ClassResult[]; readonly seconds: number }): void;
}

/** Prints results as they arrive, one line each. */
export function printer(stream: NodeJS.WritableStream): Printer {
  const line = (text: string): void => void stream.write(`${text}\n`);
  return {
    started: (title) => line(title),
    note: (text) => line(`    ${text}`),
    check: ({ title, expected, measured, passed }: Check) =>
      line(
        `  ${passed ? 'ok  ' : 'FAIL'} ${title}: ${passed ? measured : `expected ${expected}, measured ${measured}`}`,
      ),
    verdict: ({ golden, problems }: ConfigVerdict) => {
      line(`  ${problems.length === 0 ? 'ok  ' : 'FAIL'} ${golden}`);
      for (const problem of problems) line(`         ${problem}`);
    },
    ended: ({ name, state, reason, seconds }) => {
      if (state === 'skipped') line(`SKIPPED: ${name}: ${reason}`);
      else line(`${name} ${state} in ${seconds.toFixed(0)} s`);
      if (state === 'failed' && reason !== undefined) line(reason.replace(/^/gm, '    '));
    },
    total: ({ results, seconds }) => {
      const count = (state: ClassResult['state']): number => results.filter((one) => one.state === state).length;
      line(
        `${count('passed')} classes passed, ${count('failed')} failed, ${count('skipped')} skipped in ${seconds.toFixed(0)} s`,
      );
    },
  };
}
