import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Type from 'typebox';
import { onTestFinished } from 'vitest';
import { type LoadConfigOptions, loadConfig } from '../load-config.js';

export const sections = {
  server: Type.Object({
    host: Type.String({ default: '127.0.0.1', description: 'Address' }),
    port: Type.Integer({ default: 8080, minimum: 0, maximum: 65_535, unit: 'port', description: 'Port' }),
  }),
  auth: Type.Object({
    adminPassword: Type.Optional(Type.String({ secret: true, minLength: 8, description: 'First password' })),
    tokenKey: Type.String({
      default: 'development-key',
      secret: true,
      refuseInProduction: ['development-key'],
      description: 'Signs tokens',
    }),
  }),
  ai: Type.Object({
    enabled: Type.Boolean({ default: true, description: 'On' }),
    mode: Type.Enum(['fast', 'careful'], { default: 'fast', description: 'Mode' }),
    providers: Type.Array(
      Type.Object({
        name: Type.String(),
        apiKey: Type.Optional(Type.String({ secret: true })),
        timeoutMs: Type.Integer({ default: 1000, minimum: 1 }),
      }),
      { default: [], description: 'Providers' },
    ),
    factors: Type.Record(Type.String(), Type.Number(), { default: {}, description: 'Price factors' }),
  }),
  data: Type.Object({
    dir: Type.String({ default: 'data', path: true, description: 'Folder' }),
    limits: Type.Object({
      cacheSizeMiB: Type.Integer({ default: 64, unit: 'MiB', description: 'Cache' }),
    }),
  }),
  database: Type.Object({
    url: Type.Optional(Type.String({ secret: true, description: 'Server' })),
  }),
};

export interface Files {
  readonly [name: string]: string | Buffer;
}

/** A configuration folder of its own, removed after the test. */
export async function folderWith(files: Files = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'qingyu-config-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const standard = { 'default.yaml': '', 'development.yaml': '', 'test.yaml': '', 'production.yaml': '' };
  for (const [name, content] of Object.entries({ ...standard, ...files })) {
    await writeFile(join(folder, name), content);
  }
  return folder;
}

export async function load(files: Files, options: Omit<LoadConfigOptions<typeof sections>, 'sections'> = {}) {
  const configFolder = await folderWith(files);
  return loadConfig({ sections, configFolder, cwd: configFolder, ...options });
}
