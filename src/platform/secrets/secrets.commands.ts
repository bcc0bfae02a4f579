import Type from 'typebox';
import type { Audit } from '../audit/index.js';
import { type AnyCommand, defineCommand } from '../commands/index.js';
import type { Database } from '../database/index.js';
import { type HolderRotation, rotateSecrets } from './rotate.js';
import type { SecretHolders } from './secret-holder.js';
import type { Secrets } from './secrets.js';

const batchMax = 100;

interface CommandDeps {
  readonly db: Database;
  readonly secrets: Secrets;
  readonly holders: SecretHolders;
  readonly audit: Audit;
}

export function secretsCommands({ db, secrets, holders, audit }: CommandDeps): AnyCommand[] {
  return [
    defineCommand({
      name: 'rotate-secrets',
      summary: 'Encrypt every stored secret with the current secrets.key; servers may run meanwhile',
      options: Type.Object({}),
      run: async (_options, { signal, progress }) => {
        const all = holders.all();
        const deps = { db, secrets, holders: all, audit, batchMax };
        const rotations = await rotateSecrets({ ...deps, signal, progress });
        return { keyId: secrets.currentKeyId, holders: rotations, left: leftIn(rotations) };
      },
      isFailure: ({ left }) => left !== 0,
      describe: ({ keyId, holders: rotations, left }) => [
        `Current key: ${keyId}`,
        ...(rotations as HolderRotation[]).map(describeHolder),
        left === 0
          ? 'Nothing is left under an earlier key: secrets.previousKeys may be emptied.'
          : 'Not done: add the keys named above to secrets.previousKeys and run this again.',
      ],
    }),
  ];
}

function leftIn(rotations: readonly HolderRotation[]): number {
  return rotations.flatMap(({ left }) => left).reduce((sum, { secrets }) => sum + secrets, 0);
}

function describeHolder({ name, resealed, left }: HolderRotation): string {
  const rest = left.map(({ keyId, secrets }) => `${secrets} left under ${keyId ?? 'no key'}`);
  return `${name}: ${resealed} resealed, ${rest.length === 0 ? 'none left' : rest.join(', ')}`;
}
