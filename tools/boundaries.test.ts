import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { checkBoundaries } from './boundaries/cruise.mjs';
import { rules } from './boundaries/rules.mjs';

/** For each rule the smallest tree that breaks it. A planted file imports the ones named beside it. */
const offences: Record<string, Record<string, string[]>> = {
  'no-circles': { 'src/flows/a.ts': ['./b.js'], 'src/flows/b.ts': ['./a.js'] },
  'platform-knows-no-module': { 'src/platform/http/a.ts': ['../../modules/auth/index.js'] },
  'kernel-is-the-lowest': { 'src/platform/kernel/a.ts': ['../errors/index.js'] },
  'module-is-the-top-of-platform': { 'src/platform/http/a.ts': ['../module/index.js'] },
  'platform-only-through-index': { 'src/platform/http/a.ts': ['../errors/app-error.js'] },
  'platform-only-through-index-from-above': {
    'src/modules/auth/a.ts': ['../../platform/errors/app-error.js'],
  },
  'modules-only-through-index': { 'src/modules/auth/a.ts': ['../wallet/wallet.service.js'] },
  'modules-only-through-index-from-above': { 'src/app.ts': ['./modules/wallet/wallet.service.js'] },
  'modules-know-nothing-above': { 'src/modules/auth/a.ts': ['../../flows/buy.js'] },
  'flows-know-nothing-above': { 'src/flows/a.ts': ['../app.js'] },
  'app-knows-neither-main-nor-cli': { 'src/app.ts': ['./cli/main.js'] },
  'routes-never-import-repositories': { 'src/modules/auth/auth.routes.ts': ['./auth.repository.js'] },
  'domain-does-no-io': { 'src/modules/auth/auth.domain.ts': ['node:net'] },
  'sql-driver-in-one-place': { 'src/modules/auth/auth.repository.ts': ['pg'] },
  'sql-only-in-repositories': { 'src/modules/auth/auth.service.ts': ['kysely'] },
  'redis-client-in-one-place': { 'src/platform/cache/a.ts': ['ioredis'] },
  'files-in-one-place': { 'src/platform/logger/a.ts': ['node:fs/promises'] },
  'runtime-imports-no-tests': { 'src/app.ts': ['./testing/harness.js'] },
  'nobody-imports-benchmarks': { 'src/testing/a.ts': ['../../bench/scenario.js'], 'bench/scenario.ts': [] },
  'runtime-needs-no-dev-dependency': { 'src/app.ts': ['only-for-tests'] },
  'imports-exist': { 'src/app.ts': ['./nowhere.js'] },
};

/** What the offences point at; all of it is allowed by itself. */
const bystanders: Record<string, string[]> = {
  'src/platform/errors/index.ts': ['./app-error.js'],
  'src/platform/errors/app-error.ts': [],
  'src/platform/module/index.ts': [],
  'src/modules/auth/index.ts': [],
  'src/modules/auth/auth.repository.ts': ['../wallet/index.js'],
  'src/modules/wallet/index.ts': ['./wallet.service.js'],
  'src/modules/wallet/wallet.service.ts': ['../../platform/errors/index.js'],
  'src/flows/buy.ts': ['../modules/wallet/index.js'],
  'src/cli/main.ts': ['../app.js'],
  'src/testing/harness.ts': [],
  'src/app.ts': ['./flows/buy.js', 'kysely-is-not-this'],
};

const packages = ['pg', 'kysely', 'ioredis', 'only-for-tests', 'kysely-is-not-this'];
const folders: string[] = [];

async function plant(files: Record<string, string[]>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'qingyu-boundaries-'));
  folders.push(root);
  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  };
  for (const name of packages) {
    await write(
      `node_modules/${name}/package.json`,
      JSON.stringify({ name, type: 'module', exports: './index.js' }),
    );
    await write(`node_modules/${name}/index.js`, 'export const a = 1;');
  }
  const runtime = packages.filter((name) => name !== 'only-for-tests').map((name) => [name, '1.0.0']);
  const dependencies = Object.fromEntries(runtime);
  await write(
    'package.json',
    JSON.stringify({ dependencies, devDependencies: { 'only-for-tests': '1.0.0' } }),
  );
  for (const [path, imports] of Object.entries({ ...bystanders, ...files })) {
    // A type-only import is the one that is easily overlooked.
    const lines = imports.map((target, index) =>
      target === 'only-for-tests' || index > 0
        ? `import '${target}';`
        : `import type { T } from '${target}';`,
    );
    await write(path, `${lines.join('\n')}\nexport const a = 1;\nexport interface T { t: 1 }\n`);
  }
  await cp(join(import.meta.dirname, '..', 'tsconfig.json'), join(root, 'tsconfig.json'));
  return root;
}

afterAll(async () => {
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
});

describe('the walls of the house', () => {
  it('let the arrows that run down pass', async () => {
    const { modules, violations } = await checkBoundaries(await plant({}));
    expect(violations).toEqual([]);
    expect(modules).toBe(Object.keys(bystanders).length);
  });

  it.each(rules.map((rule) => rule.name))('%s finds a planted offence', async (name) => {
    const offence = offences[name];
    expect(offence, 'plant an offence for each rule').toBeDefined();
    const { violations } = await checkBoundaries(await plant(offence ?? {}));
    expect(violations.map((violation) => violation.rule)).toContain(name);
    expect(violations.length, 'one offence, one finding').toBeLessThanOrEqual(2);
  });

  it('tell the offender what to do', () => {
    for (const rule of rules) expect(rule.comment.length, rule.name).toBeGreaterThan(40);
  });
});
