import { parseArgs } from 'node:util';

export interface BenchArguments {
  readonly names: readonly string[];
  readonly json: boolean;
  readonly list: boolean;
  readonly check: boolean;
  readonly quick: boolean;
  readonly help: boolean;
  readonly rounds: number | undefined;
}

/** What was asked for wrongly; the message is for the person who asked. */
export class UsageError extends Error {}

const roundsMax = 100;

export const help = `npm run bench                       every scenario, each beside its limit or peer
npm run bench http ids              only these
npm run bench:check                 all, and exit 1 where a budget of bench/budgets.yaml is not held
npm run bench -- ids --quick        options stand behind the two dashes

  --json        the outcome as JSON on standard output (with npm: npm run --silent bench -- --json)
  --list        the scenarios and what they need
  --rounds <n>  measure each case n times (1 to ${roundsMax}); 7 otherwise, 3 with --quick
  --quick       short rounds, for a look at whether it works; too short for figures to quote
  --check       what bench:check does
  --help        this text

Exit codes: 0 fine, 1 a budget is not held or a scenario failed, 2 wrong arguments, 130 interrupted.
Engines are found or started as npm test does it; a scenario whose engine is missing is listed as skipped,
and with CI=true bench:check fails for it.`;

export function readArguments(argv: readonly string[]): BenchArguments {
  const { values, positionals } = parse(argv);
  const { json, list, check, quick, help } = values;
  return { json, list, check, quick, help, names: positionals, rounds: roundsOf(values.rounds) };
}

const flag = { type: 'boolean', default: false } as const;

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        json: flag,
        list: flag,
        check: flag,
        quick: flag,
        help: flag,
        rounds: { type: 'string' },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function roundsOf(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  const rounds = Number(given);
  if (Number.isInteger(rounds) && rounds >= 1 && rounds <= roundsMax) return rounds;
  throw new UsageError(`--rounds ${given}: expected a whole number from 1 to ${roundsMax}`);
}
