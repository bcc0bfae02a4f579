import Type from 'typebox';
import { type AnyCommand, defineCommand } from '../../../platform/commands/index.js';
import type { KeyRotation, ReplacedKeys } from './key-rotation.js';

export function keyCommands(rotation: KeyRotation): AnyCommand[] {
  return [
    defineCommand({
      name: 'rotate-signing-keys',
      summary:
        'After a leak: sign access tokens with a new key and refuse those of every earlier one at once',
      options: Type.Object({}),
      run: async () => ({ ...(await rotation.replaceNow({ kind: 'command' })) }),
      describe: (result) => {
        const { kid, retired } = result as unknown as ReplacedKeys;
        return [
          `The key that signs now: ${kid}`,
          ...retired.map((id) => `Refused from now on: ${id}`),
          'Clients get new access tokens with their refresh tokens; nobody has to sign in again.',
        ];
      },
    }),
  ];
}
