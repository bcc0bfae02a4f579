export { EffectiveConfig } from './config.port.js';
export type { EffectiveKey } from './effective.js';
export {
  type ConfigValues,
  type EnvironmentName,
  type LoadConfigOptions,
  type LoadedConfig,
  loadConfig,
} from './load-config.js';
export { platformSections } from './platform-sections.js';
export type { ConfigProblem } from './problem.js';
export { processInput } from './process-input.js';
export { configurationReference, defaultYaml, sectionGaps } from './reference.js';
export { reservedKeysSet, reservedSections } from './reserved-sections.js';
export type { ConfigSections } from './section.js';
export { sectionDefaults } from './section-defaults.js';
