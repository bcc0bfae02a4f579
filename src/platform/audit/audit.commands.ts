import Type from 'typebox';
import { type AnyCommand, defineCommand } from '../commands/index.js';
import type { Finding, Verification } from '../sealer/index.js';
import type { AuditLog } from './audit.port.js';

const Options = Type.Object({
  expectHead: Type.Optional(
    Type.String({
      pattern: '^[0-9a-fA-F]{64}$',
      description: 'Hash of a newest seal that an earlier run printed: it must still be in the chain',
    }),
  ),
});

export function auditCommands(log: AuditLog): AnyCommand[] {
  return [
    defineCommand({
      name: 'verify',
      summary:
        'Compare every audit record and every coin moved with its seal; fails when anything was changed, removed or added',
      options: Options,
      run: async ({ expectHead }, { signal, progress }) => {
        const chains = await log.verifyAll({
          ...{ signal, expectHead },
          progress: (seals, chain) => progress({ label: `seals of ${chain}`, ...seals }),
        });
        const ok = [...chains.values()].every((chain) => chain.ok);
        return { ...chains.get('audit'), ok, chains: Object.fromEntries(chains) };
      },
      isFailure: ({ ok }) => ok !== true,
      describe: ({ chains }) => [
        ...Object.entries(chains as Record<string, Verification>).flatMap(describeChain),
        'Keep these hashes elsewhere: `qingyu verify --expect-head` proves by one that nothing up to there was cut off.',
      ],
    }),
  ];
}

function describeChain([chain, verification]: [string, Verification]): string[] {
  const { ok, checked, seals, erased, unsealed, head, findings } = verification;
  const name = chain === 'audit' ? 'audit log' : `table ${chain}`;
  return [
    ok ? `The ${name} is intact.` : `THE ${name.toUpperCase()} IS BROKEN.`,
    ...findings.map((finding) => `  ${describeFinding(finding)}`),
    `${checked} records in ${seals} seals were checked; the details of ${erased} were erased; ${unsealed} are not sealed yet.`,
    `Newest seal: ${head.seal}, ${head.hash}`,
  ];
}

function describeFinding(finding: Finding): string {
  switch (finding.kind) {
    case 'row-changed':
      return `record ${finding.id} was changed after it was sealed`;
    case 'row-removed':
      return `record ${finding.id} was removed`;
    case 'row-inserted':
      return `record ${finding.id} was slipped in between sealed ones`;
    case 'details-changed':
      return `the details of record ${finding.id} are not those that it was written with`;
    case 'seal-removed':
      return `seal ${finding.seal} is missing; what comes after it was not checked`;
    case 'seal-changed':
      return `seal ${finding.seal} was changed; what comes after it was not checked`;
    case 'seal-unlinked':
      return `seal ${finding.seal} does not follow on the one before; what comes after it was not checked`;
    case 'head-changed':
      return `the chain's head does not agree with seal ${finding.seal}`;
    case 'head-unknown':
      return 'no seal has the expected hash: the chain was cut off or made anew';
  }
}
