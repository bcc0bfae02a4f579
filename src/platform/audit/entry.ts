import { safeFields, scrubText } from '../logger/index.js';
import type { AuditEntry } from './audit.port.js';

/** What is kept of an entry in the erasable table, as text that is hashed as it stands. */
export interface DetailTexts {
  readonly address: string | null;
  readonly before: string | null;
  readonly after: string | null;
  readonly reason: string | null;
  readonly detail: string | null;
}

const actionLengthMax = 64;
const actionForm = /^[a-z][a-z0-9]*(-[a-z0-9]+)*\.[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const targetTypeForm = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const targetTypeLengthMax = 40;
const targetIdLengthMax = 200;
const addressLengthMax = 64;
const reasonLengthMax = 1_000;
/** Of one JSON text. Longer ones say what they were about. */
const jsonLengthMax = 16_384;

/** Raises a TypeError for what only a mistake in the code can bring about. */
export function checkEntry({ action, target }: AuditEntry): void {
  if (!actionForm.test(action) || action.length > actionLengthMax) {
    throw new TypeError(`an audit action looks like "auth.role-granted", not "${action.slice(0, 100)}"`);
  }
  if (!targetTypeForm.test(target.type) || target.type.length > targetTypeLengthMax) {
    throw new TypeError(`the target of ${action} has a kebab-case type, not "${target.type.slice(0, 100)}"`);
  }
  const { id } = target;
  if (id.length === 0 || id.length > targetIdLengthMax || id.includes('\0') || !id.isWellFormed()) {
    throw new TypeError(`the target of ${action} needs an id of at most ${targetIdLengthMax} characters`);
  }
}

/** Undefined for an entry without any. Secrets are gone, every length is bounded. */
export function detailTexts({ actor, before, after, reason, detail }: AuditEntry): DetailTexts | undefined {
  const address = actor.kind === 'user' ? actor.address : undefined;
  const texts: DetailTexts = {
    address: address === undefined ? null : plain(address, addressLengthMax),
    before: jsonText(before),
    after: jsonText(after),
    reason: reason === undefined ? null : plain(scrubText(reason), reasonLengthMax),
    detail: jsonText(detail),
  };
  return Object.values(texts).every((text) => text === null) ? undefined : texts;
}

function jsonText(fields: Readonly<Record<string, unknown>> | undefined): string | null {
  if (fields === undefined) return null;
  const text = JSON.stringify(safeFields(fields));
  if (text.length <= jsonLengthMax) return text;
  const members = Object.keys(fields)
    .slice(0, 50)
    .map((key) => plain(key, 100));
  return JSON.stringify({ cut: `${text.length} characters`, members });
}

/** PostgreSQL keeps every character but U+0000 and halves of a pair. */
function plain(text: string, lengthMax: number): string {
  return text.slice(0, lengthMax).toWellFormed().replaceAll('\0', '\ufffd');
}
