import { port } from '../kernel/index.js';
import type { EffectiveKey } from './effective.js';

/** The configuration in force, for people: every key, where its value comes from, secrets masked. */
export interface EffectiveConfig {
  describeEffective(): EffectiveKey[];
}

export const EffectiveConfig = port<EffectiveConfig>('config');
