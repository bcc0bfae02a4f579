import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../../platform/config/index.js';
import type { Logger } from '../../../platform/logger/index.js';
import { aiConfig } from '../ai.config.js';
import { configuredProviders, ProviderCatalog } from '../provider.catalog.js';
import { Tokenizer } from '../tokenizer/tokenizer.js';

const log = { warn: vi.fn() } as unknown as Logger;
const tokenizer = new Tokenizer({ idleMs: 1, deadlineMs: 1_000, log });

let configFolder = '';
beforeAll(async () => {
  configFolder = await mkdtemp(join(tmpdir(), 'qingyu-ai-config-'));
  for (const name of ['default', 'development']) await writeFile(join(configFolder, `${name}.yaml`), '');
});
afterAll(() => rm(configFolder, { recursive: true }));

const load = (providers?: unknown) =>
  loadConfig({
    sections: { ai: aiConfig },
    env: providers === undefined ? {} : { QINGYU_AI__PROVIDERS: JSON.stringify(providers) },
    configFolder,
  });

describe('the configuration of providers', () => {
  it('is the demo provider with its defaults when nothing is said', async () => {
    const { values } = await load();
    const catalog = new ProviderCatalog(configuredProviders(values.ai, tokenizer));
    expect(catalog.offer()).toMatchObject({
      provider: { name: 'demo', kind: 'demo' },
      model: { id: 'demo', inFactorThousandths: 1000, contextTokens: 16_000 },
    });
  });

  it('fills in what a named provider leaves out', async () => {
    const { values } = await load([
      { name: 'first', kind: 'demo' },
      { name: 'second', kind: 'demo', models: [{ id: 'dear', outFactorThousandths: 3000 }] },
    ]);
    const catalog = new ProviderCatalog(configuredProviders(values.ai, tokenizer));
    expect(catalog.offer('dear')).toMatchObject({
      provider: { name: 'second' },
      model: { outFactorThousandths: 3000, inFactorThousandths: 1000, maxOutputTokens: 4_000 },
    });
    expect(() => catalog.offer('cheap')).toThrow(/demo, dear/);
  });

  it('refuses a kind that is not built, naming the key', async () => {
    const { problems } = await load([{ name: 'open', kind: 'openai-compatible', models: [{ id: 'm' }] }]);
    expect(JSON.stringify(problems)).toContain('ai.providers');
    expect(JSON.stringify(problems)).toContain('demo');
  });

  it('refuses names and models that appear twice', async () => {
    const twins = [
      { name: 'same', kind: 'demo', models: [{ id: 'a' }] },
      { name: 'same', kind: 'demo', models: [{ id: 'b' }] },
    ];
    const { values } = await load(twins);
    expect(() => new ProviderCatalog(configuredProviders(values.ai, tokenizer))).toThrow(
      /"same" appears twice/,
    );
    const sameModel = await load([
      { name: 'a', kind: 'demo' },
      { name: 'b', kind: 'demo' },
    ]);
    const providers = configuredProviders(sameModel.values.ai, tokenizer);
    expect(() => new ProviderCatalog(providers)).toThrow(/model "demo" appears twice/);
  });

  it('may be empty: a call then says that nothing is configured', async () => {
    const { values } = await load([]);
    const catalog = new ProviderCatalog(configuredProviders(values.ai, tokenizer));
    expect(() => catalog.offer()).toThrow(/no AI provider/);
  });

  it('is empty in production: the demo provider runs there only when it is named', async () => {
    const file = new URL('../../../../config/production.yaml', import.meta.url);
    expect(parse(await readFile(file, 'utf8'))).toMatchObject({ ai: { providers: [] } });
  });
});
