import { createHash } from 'node:crypto';
import type { Migration } from './migration.js';

export interface Step extends Migration {
  readonly number: number;
  readonly checksum: string;
}

/** A step as the database remembers it. */
export interface AppliedStep {
  readonly id: string;
  readonly checksum: string;
  readonly min_code: number | null;
}

const idForm = /^(\d{4})-[a-z0-9]+(?:-[a-z0-9]+)*$/;
/** These would end the transaction that keeps a step and its record together. */
const transactionControl = /(?:^|;)\s*(?:begin|start\s+transaction|commit|rollback|end)\s*;/i;

/** The steps of all modules in ascending order. Refuses ids that are malformed or share a number. */
export function orderSteps(migrations: readonly Migration[]): Step[] {
  const steps = migrations.map(toStep).sort((a, b) => a.number - b.number);
  for (const [index, step] of steps.entries()) {
    const next = steps[index + 1];
    if (next?.number === step.number) {
      throw new Error(
        `migrations ${step.id} and ${next.id} have the same number: give the later one a new number`,
      );
    }
  }
  return steps;
}

/** What is left to do, in order. Refuses a schema that this code must not touch. */
export function pendingSteps(steps: readonly Step[], applied: readonly AppliedStep[]): Step[] {
  refuseTooNew(steps, applied);
  const appliedByNumber = new Map(applied.map((step) => [numberOf(step.id), step]));
  for (const step of steps) refuseChanged(step, appliedByNumber.get(step.number));
  const pending = steps.filter((step) => !appliedByNumber.has(step.number));
  const newestKnown = Math.max(
    0,
    ...steps.filter((step) => !pending.includes(step)).map((step) => step.number),
  );
  const late = pending.find((step) => step.number < newestKnown);
  if (late) {
    throw new Error(
      `migration ${late.id} was never applied, but the later step ${newestKnown} was: give it a number above ${newestKnown}`,
    );
  }
  return pending;
}

function toStep(migration: Migration): Step {
  const form = idForm.exec(migration.id);
  if (!form) {
    throw new Error(
      `migration "${migration.id}": an id looks like 0003-auth-sessions (four digits, then a name)`,
    );
  }
  if (transactionControl.test(withoutBodies(migration.up))) {
    throw new Error(
      `migration ${migration.id}: a step runs in a transaction of its own, without begin, commit or rollback`,
    );
  }
  return { ...migration, number: Number(form[1]), checksum: checksumOf(migration.up) };
}

/** A checkout may rewrite line ends; that is no change. */
function checksumOf(sql: string): string {
  return createHash('sha256').update(sql.replaceAll('\r\n', '\n')).digest('hex');
}

/** Without the bodies of functions and without strings and comments, where such words are allowed. */
function withoutBodies(sql: string): string {
  return sql
    .replace(/\$(\w*)\$[\s\S]*?\$\1\$/g, "''")
    .replace(/'(?:[^']|'')*'/g, "''")
    .replace(/--.*$/gm, '');
}

function numberOf(id: string): number {
  return Number(idForm.exec(id)?.[1] ?? Number.NaN);
}

/** Newer steps are fine, since replicas roll one by one, until one of them says that old code must not run on it. */
function refuseTooNew(steps: readonly Step[], applied: readonly AppliedStep[]): void {
  const own = steps.at(-1)?.number ?? 0;
  const tooNew = applied.find((step) => (step.min_code ?? 0) > own);
  if (!tooNew) return;
  throw new Error(
    `the schema of the database is too new for this release: after ${tooNew.id} it needs one that knows migration ${tooNew.min_code}, this one knows ${own}. Start a newer release; nothing was changed.`,
  );
}

function refuseChanged(step: Step, applied: AppliedStep | undefined): void {
  if (!applied) return;
  if (applied.id !== step.id) {
    throw new Error(
      `migration ${step.number} was applied as ${applied.id}, this release calls it ${step.id}`,
    );
  }
  if (applied.checksum !== step.checksum) {
    throw new Error(
      `migration ${step.id} was changed after it had been applied: restore its text and write a new step for the change. Nothing was changed.`,
    );
  }
}
