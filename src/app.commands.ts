import Type from 'typebox';
import type { FirstAccount } from './modules/auth/index.js';
import { type AnyCommand, defineCommand } from './platform/commands/index.js';

interface AppCommandOptions {
  readonly document: () => Readonly<Record<string, unknown>>;
  readonly appliedMigrations: () => readonly string[];
  readonly firstStart: () => Promise<FirstAccount[]>;
}

const noOptions = Type.Object({});

/** The commands that concern the installation as a whole. */
export function appCommands({ document, appliedMigrations, firstStart }: AppCommandOptions): AnyCommand[] {
  return [
    defineCommand({
      name: 'migrate',
      summary: 'Bring the schema up to date; every other command and the server do so too',
      options: noOptions,
      run: async () => ({ applied: [...appliedMigrations()] }),
      describe: ({ applied }) => {
        const steps = applied as string[];
        return steps.length === 0 ? ['The schema is up to date.'] : steps.map((step) => `applied ${step}`);
      },
    }),
    defineCommand({
      name: 'seed',
      summary: 'Create the first admin and, where configured, the demo accounts and the demo book',
      options: noOptions,
      run: async () => ({ created: await firstStart() }),
      describe: ({ created }) => {
        const accounts = created as FirstAccount[];
        if (accounts.length === 0) return ['Everything is there already.'];
        return accounts.map(
          ({ username, generatedPassword }) =>
            `${username}  ${generatedPassword ?? '(the configured password)'}`,
        );
      },
    }),
    defineCommand({
      name: 'openapi',
      summary: 'Print the OpenAPI 3.1 document of this API',
      options: noOptions,
      run: async () => ({ ...document() }),
      describe: (document) => [JSON.stringify(document, null, 2)],
    }),
  ];
}
