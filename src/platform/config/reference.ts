import { Value } from 'typebox/value';
import { expectation } from './problem.js';
import { type ConfigKey, type ConfigSections, indexKeys } from './section.js';

/** docs/reference/configuration.md: every key of the application, from the schemas alone. */
export function configurationReference(sections: ConfigSections): string {
  const lines = [
    '# Configuration',
    '',
    'Generated from the schemas; do not edit. `npx vitest run tests/configuration.test.ts -u` writes it anew.',
    '',
    'Weakest first: `config/default.yaml`, `config/<NODE_ENV>.yaml` (development, test or production),',
    '`config/local.yaml` (not in tests), `--config FILE`, environment variables, command line',
    '(`--set server.port=0`, `--port`, `--host`, `--data`). Lists and maps are replaced as a whole and are given',
    'as JSON or YAML in a variable. `DATABASE_URL` and `REDIS_URL` stand for `database.url` and `redis.url`.',
    'An empty variable counts as not set. An unknown key or an unknown `QINGYU_` variable stops the start.',
  ];
  const keys = [...indexKeys(sections).keys.values()];
  for (const section of Object.keys(sections)) {
    const own = keys.filter((key) => key.path[0] === section);
    if (own.length === 0) continue;
    lines.push('', `## ${section}`, '', '| key | accepts | default | unit | environment | description |');
    lines.push('|---|---|---|---|---|---|', ...own.map(row));
  }
  return `${lines.join('\n')}\n`;
}

function row(key: ConfigKey): string {
  const { schema } = key;
  const { unit, ...withoutUnit } = schema;
  const standard = 'default' in schema ? `\`${JSON.stringify(schema.default)}\`` : 'not set';
  const notes = [
    schema.secret ? 'Secret.' : '',
    schema.refuseInProduction ? 'Its default is refused in production.' : '',
  ];
  const cells = [
    `\`${key.name}\``,
    expectation(withoutUnit),
    key.optional || 'default' in schema ? standard : 'required',
    unit ?? '',
    `\`${key.environmentName}\``,
    [schema.description ?? '', ...notes].filter(Boolean).join(' '),
  ];
  return `| ${cells.map(escapeCell).join(' | ')} |`;
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

/** config/default.yaml: the same defaults, written out for whoever runs the platform. */
export function defaultYaml(sections: ConfigSections): string {
  const lines = [
    '# Every key with its default. Generated from the schemas: change local.yaml or an environment file instead.',
  ];
  const keys = [...indexKeys(sections).keys.values()];
  let open: readonly string[] = [];
  for (const key of keys) {
    const groups = key.path.slice(0, -1);
    for (const [depth, group] of groups.entries()) {
      if (open[depth] === group && depth < open.length) continue;
      open = groups.slice(0, depth + 1);
      if (depth === 0) lines.push('');
      lines.push(`${'  '.repeat(depth)}${group}:`);
    }
    open = groups;
    const indent = '  '.repeat(groups.length);
    const unit = key.schema.unit ? ` [${key.schema.unit}]` : '';
    lines.push(`${indent}# ${(key.schema.description ?? '').replaceAll('\n', ' ')}${unit}`);
    // JSON is YAML, and needs no quoting rules of its own.
    const name = key.path.at(-1);
    const set = 'default' in key.schema;
    lines.push(set ? `${indent}${name}: ${JSON.stringify(key.schema.default)}` : `${indent}# ${name}:`);
  }
  return `${lines.join('\n')}\n`;
}

/** What the sections lack: a description, a default, a unit for a number, a default that is valid itself. */
export function sectionGaps(sections: ConfigSections): string[] {
  return [...indexKeys(sections).keys.values()].flatMap((key) => {
    const { schema, name } = key;
    const numeric = schema.type === 'integer' || schema.type === 'number';
    const hasDefault = 'default' in schema;
    return [
      schema.description ? [] : `${name} has no description`,
      numeric && !schema.unit ? `${name} has no unit` : [],
      !hasDefault && !key.optional ? `${name} has neither a default nor is it optional` : [],
      hasDefault && !Value.Check(schema, schema.default) ? `${name} has a default it refuses itself` : [],
    ].flat();
  });
}
