import { createHash } from 'node:crypto';
import type { SealPosition } from './sealed-table.js';

const uuidBytes = 16;
const hashBytes = 32;
const leafBytes = uuidBytes + hashBytes;

export const genesisHash: Buffer = Buffer.alloc(hashBytes);
/** Before every row: real epochs begin at 1. */
export const beginning: SealPosition = { epoch: 0, xid: '0', id: '00000000-0000-0000-0000-000000000000' };

/** One link of a chain. It covers the rows after the position of the link before, up to its own. */
export interface Seal {
  readonly chain: string;
  /** 1, 2, 3 … */
  readonly number: number;
  /** Number of the form (1 is the first) that its rows were hashed by. */
  readonly form: number;
  /** Of its last row. */
  readonly position: SealPosition;
  readonly rowCount: number;
  /** Of each row its id (16 bytes) and its hash (32 bytes), in the order of their positions. */
  readonly leaves: Buffer;
  readonly previousHash: Buffer;
  readonly hash: Buffer;
  readonly sealedAt: Date;
}

/** SHA-256 over everything that a seal says, each part preceded by its length, and the hash of the seal before. */
export function sealHash(seal: Omit<Seal, 'hash'>): Buffer {
  const { chain, number, form, position, rowCount, leaves, previousHash, sealedAt } = seal;
  const parts = [
    'qingyu-seal-1',
    ...[chain, number, form, position.epoch, position.xid, position.id, rowCount],
    ...[sealedAt.getTime(), previousHash.toString('hex')],
  ];
  const head = parts.map((part) => `${String(part).length}:${part}`).join('');
  return createHash('sha256').update(head).update(leaves).digest();
}

/** What became of single rows since they were sealed. */
export type RowFinding = {
  readonly kind: 'row-changed' | 'row-removed' | 'row-inserted';
  readonly id: string;
};

/** Compares the leaves that were sealed with those of the rows that are there now; both in order of position. */
export function compareLeaves(sealed: Buffer, found: Buffer): RowFinding[] {
  if (sealed.equals(found)) return [];
  const present = leavesById(found);
  const findings: RowFinding[] = [];
  for (const [id, hash] of leavesById(sealed)) {
    const now = present.get(id);
    if (now === undefined) findings.push({ kind: 'row-removed', id });
    else if (!now.equals(hash)) findings.push({ kind: 'row-changed', id });
    present.delete(id);
  }
  return [...findings, ...[...present.keys()].map((id) => ({ kind: 'row-inserted', id }) as const)];
}

function leavesById(leaves: Buffer): Map<string, Buffer> {
  const byId = new Map<string, Buffer>();
  for (let at = 0; at + leafBytes <= leaves.length; at += leafBytes) {
    byId.set(uuidOf(leaves.subarray(at, at + uuidBytes)), leaves.subarray(at + uuidBytes, at + leafBytes));
  }
  return byId;
}

function uuidOf(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

export type SealFinding = {
  readonly kind: 'seal-removed' | 'seal-changed' | 'seal-unlinked';
  readonly seal: number;
};

/** Whether `seal` is sound in itself and follows on `previous`; undefined when it is. */
export function brokenLink(
  seal: Seal,
  previous: { readonly number: number; readonly hash: Buffer },
): SealFinding | undefined {
  if (seal.number !== previous.number + 1) return { kind: 'seal-removed', seal: previous.number + 1 };
  if (!sealHash(seal).equals(seal.hash) || seal.leaves.length !== seal.rowCount * leafBytes) {
    return { kind: 'seal-changed', seal: seal.number };
  }
  if (!seal.previousHash.equals(previous.hash)) return { kind: 'seal-unlinked', seal: seal.number };
  return undefined;
}
