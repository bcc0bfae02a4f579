import { port } from '../kernel/index.js';
import type { EffectiveKey } from './effective.js';
import type { EnvironmentName } from './load-config.js';

/** The configuration in force, for people: every key, where its value comes from, secrets masked. */
export interface EffectiveConfig {
  readonly environment: EnvironmentName;
  describeEffective(): EffectiveKey[];
}

export const EffectiveConfig = port<EffectiveConfig>('config');
