import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Check, judge } from './tidy/check.js';
import { documentChecks, incompleteFolders } from './tidy/document-checks.js';
import { exceptions } from './tidy/exceptions.js';
import { placeChecks } from './tidy/place-checks.js';
import { sizeChecks } from './tidy/size-checks.js';
import { readTree } from './tidy/source.js';
import { testChecks } from './tidy/test-checks.js';
import { timeChecks } from './tidy/time-checks.js';

const root = join(import.meta.dirname, '..');
const sources = readTree(root);
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const checks: Check[] = [
  ...sizeChecks,
  ...timeChecks,
  ...placeChecks,
  ...testChecks,
  ...documentChecks(sources, scripts),
];

describe('the source is tidy', () => {
  it('and was read', () => {
    expect(sources.filter((source) => source.path.startsWith('src/')).length).toBeGreaterThan(50);
  });

  it.each(checks.map((check) => [check.name, check] as const))('%s', (_name, check) => {
    expect(judge(check, sources, exceptions), check.advice).toEqual([]);
  });

  it('each exception belongs to a check and has a reason', () => {
    const names = checks.map((check) => check.name);
    for (const [name, files] of Object.entries(exceptions)) {
      expect(names).toContain(name);
      for (const { reason } of Object.values(files)) expect(reason.length).toBeGreaterThan(20);
    }
  });

  it('each module and each platform folder has an index and a README', () => {
    expect(incompleteFolders(sources)).toEqual([]);
  });
});
