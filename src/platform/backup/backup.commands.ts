import Type from 'typebox';
import { type AnyCommand, defineCommand } from '../commands/index.js';
import type { BackupService } from './backup.service.js';
import type { RestoreService } from './restore.service.js';

const file = (description: string) =>
  Type.String({ argument: true, path: true, minLength: 1, maxLength: 4096, description });

export function backupCommands(backups: BackupService, restores: RestoreService): AnyCommand[] {
  return [
    defineCommand({
      name: 'backup',
      summary: 'Write everything in the database into one file; the server may run meanwhile',
      options: Type.Object({
        file: file('The file to write. It holds password hashes and keys: keep it as safe as the database'),
        force: Type.Boolean({ default: false, description: 'Replace a file of this name' }),
      }),
      run: async ({ file: path, force }, { signal, progress }) => ({
        ...(await backups.backup({ path, replace: force, signal, progress })),
      }),
      describe: ({ path, tables, rows, secretKeys }) => [
        `Wrote ${rows} rows of ${tables} tables to ${path}.`,
        ...keyLines(secretKeys as string[], 'To restore it the secrets.key named'),
      ],
    }),
    defineCommand({
      name: 'restore',
      summary: 'Put a backup in the place of an installation without users: a new data folder or database',
      options: Type.Object({ file: file('The backup') }),
      alone: true,
      run: async ({ file: path }, { signal, progress }) => ({
        ...(await restores.restore({ path, signal, progress })),
      }),
      describe: ({ application, engine, createdAt, rows, migrated, secretKeys }) => [
        `Restored ${rows} rows, as they were on ${createdAt} (release ${application}, ${engine}).`,
        ...(migrated as string[]).map((step) => `applied ${step}`),
        ...keyLines(secretKeys as string[], 'From now on this installation needs the secrets.key named'),
      ],
    }),
  ];
}

function keyLines(secretKeys: readonly string[], words: string): string[] {
  return secretKeys.length === 0 ? [] : [`${words} ${secretKeys.join(', ')}.`];
}
