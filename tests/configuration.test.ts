import { expect, it } from 'vitest';
import { sections } from '../src/modules.js';
import { configurationReference, defaultYaml, sectionGaps } from '../src/platform/config/index.js';

it('every key has a description, a valid default and, for a number, a unit', () => {
  expect(sectionGaps(sections)).toEqual([]);
});

it('docs/reference/configuration.md says what the schemas say', async () => {
  await expect(configurationReference(sections)).toMatchFileSnapshot('../docs/reference/configuration.md');
});

it('config/default.yaml says what the schemas say', async () => {
  await expect(defaultYaml(sections)).toMatchFileSnapshot('../config/default.yaml');
});
