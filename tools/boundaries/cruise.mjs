import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cruise } from 'dependency-cruiser';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';
import { rules } from './rules.mjs';

/**
 * Checks the sources below `root`/src. Type-only imports count: a wall that types pass through is none.
 * @param {string} root
 * @returns {Promise<{ modules: number, imports: number, violations: { rule: string, from: string, to: string }[] }>}
 */
export async function checkBoundaries(root) {
  const tsConfig = join(root, 'tsconfig.json');
  const { output } = await cruise(
    ['src'],
    {
      baseDir: root,
      validate: true,
      ruleSet: { forbidden: rules },
      tsPreCompilationDeps: true,
      doNotFollow: { path: 'node_modules' },
      enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'types'] },
    },
    {},
    existsSync(tsConfig) ? { tsConfig: extractTSConfig(tsConfig) } : {},
  );
  const sources = output.modules.filter((module) => module.source.startsWith('src/'));
  const imports = sources.flatMap((module) => module.dependencies);
  return {
    modules: sources.length,
    imports: imports.length,
    violations: output.summary.violations.map(({ rule, from, to, cycle }) => ({
      rule: rule.name,
      from,
      to: cycle ? cycle.map(({ name }) => name).join(' -> ') : to,
    })),
  };
}
