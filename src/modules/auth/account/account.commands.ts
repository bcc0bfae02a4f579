import Type from 'typebox';
import { type AnyCommand, defineCommand } from '../../../platform/commands/index.js';
import type { Accounts } from '../auth.port.js';
import { generatePassword } from './first-accounts.service.js';

const CreateAdminOptions = Type.Object({
  username: Type.String({
    default: 'admin',
    minLength: 1,
    maxLength: 60,
    description: 'Username of the new admin',
  }),
  password: Type.Optional(
    Type.String({
      secret: true,
      minLength: 1,
      maxLength: 256,
      description: 'Absent: one is made and shown once',
    }),
  ),
});

/** What may be shown of a refusal goes to the person at the terminal, in English. */
export function accountCommands(accounts: Accounts): AnyCommand[] {
  return [
    defineCommand({
      name: 'create-admin',
      summary: 'Create an account that holds the role admin',
      options: CreateAdminOptions,
      run: async ({ username, password }) => {
        const chosen = password ?? generatePassword();
        const result = await accounts.create(
          { username, password: chosen, roles: ['admin'] },
          { kind: 'command' },
        );
        if (!result.created)
          throw new Error(`The admin was not created (${result.reason}). ${result.detail.en}`);
        const shown = password === undefined ? { generatedPassword: chosen } : {};
        return { userId: result.account.id, username: result.account.username, ...shown };
      },
      describe: ({ username, generatedPassword }) => [
        `Created the admin ${username}.`,
        ...(generatedPassword === undefined ? [] : [`Password, shown this once: ${generatedPassword}`]),
      ],
    }),
  ];
}
