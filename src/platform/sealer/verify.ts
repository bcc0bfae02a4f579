import type { Database } from '../database/index.js';
import {
  beginning,
  brokenLink,
  compareLeaves,
  genesisHash,
  type RowFinding,
  type Seal,
  type SealFinding,
} from './seal.js';
import { type Chain, findChain } from './seal.repository.js';
import type { SealedTable, SealPosition } from './sealed-table.js';
import { checkDetails, countAfter, hasSealsAfterHead, readLeaves, readSeals } from './verify.repository.js';

/** Something that is not as it was sealed, by name. */
export type Finding =
  | RowFinding
  | SealFinding
  /** The details of a row are not those that it was written with. */
  | { readonly kind: 'details-changed'; readonly id: string }
  /** The chain's row tells another head than the seals do. */
  | { readonly kind: 'head-changed'; readonly seal: number }
  /** The hash that was written down elsewhere is in no seal: the chain, or its end, was made anew. */
  | { readonly kind: 'head-unknown' };

export interface Verification {
  readonly ok: boolean;
  /** Rows that were compared with their seals. */
  readonly checked: number;
  readonly seals: number;
  /** Rows whose details were erased; they verify. */
  readonly erased: number;
  /** Rows that no seal covers yet, counted up to 100 000: about them nothing can be said. */
  readonly unsealed: number;
  /** The newest seal. Written down elsewhere its hash proves later that nothing up to here was cut off. */
  readonly head: { readonly seal: number; readonly hash: string };
  /** At most 20, in the order of the chain: the first one says where it broke. */
  readonly findings: readonly Finding[];
}

export interface VerifyOptions {
  /** Ends the walk: it rejects with the signal's reason. */
  readonly signal: AbortSignal;
  readonly progress?: (seals: { done: number; total: number }, chain: string) => void;
  /** Hash (hex) of a head that was written down: some seal must have it. */
  readonly expectHead?: string | undefined;
}

const rowsPerPage = 5_000;
const sealsPerPage = 500;
const findingsMax = 20;
const unsealedMax = 100_000;

/**
 * Walks the chain of `table` from its first seal to the head that it has at the call, in pages, with the memory of
 * one page. Seals, rows and details are only read; rows may be written and sealed meanwhile. A broken seal ends the
 * walk, since nothing after it can be trusted; broken rows do not.
 */
export async function verifyChain(
  database: Database,
  table: SealedTable,
  { signal, progress, expectHead }: VerifyOptions,
): Promise<Verification> {
  const chain = await findChain(database, table.chain);
  const walk = new Walk(database, table, expectHead);
  while (walk.number < chain.number && !walk.isOver) {
    signal.throwIfAborted();
    if (!(await walk.nextPage(chain.number))) break;
    progress?.({ done: walk.number, total: chain.number }, table.chain);
  }
  return walk.conclude(chain);
}

class Walk {
  number = 0;
  readonly #database: Database;
  readonly #table: SealedTable;
  readonly #findings: Finding[] = [];
  readonly #expectHead: string | undefined;
  #hash = genesisHash;
  #position: SealPosition = beginning;
  #isBroken = false;
  #isHeadFound: boolean;
  #checked = 0;
  #erased = 0;

  constructor(database: Database, table: SealedTable, expectHead: string | undefined) {
    this.#database = database;
    this.#table = table;
    this.#expectHead = expectHead?.toLowerCase();
    this.#isHeadFound = expectHead === undefined || this.#isExpected(genesisHash);
  }

  get isOver(): boolean {
    return this.#isBroken || this.#findings.length >= findingsMax;
  }

  /** False when there are no more seals. */
  async nextPage(lastNumber: number): Promise<boolean> {
    const page = { after: this.number, sealsMax: sealsPerPage, rowsMax: rowsPerPage };
    const read = await readSeals(this.#database, this.#table.chain, page);
    const sound = this.#soundPart(read.filter(({ number }) => number <= lastNumber));
    for (const run of runsOfOneForm(sound)) await this.#checkRows(run);
    return read.length > 0;
  }

  async conclude(chain: Chain): Promise<Verification> {
    if (!this.isOver) await this.#compareHead(chain);
    const position = { position: chain.position, rowsMax: unsealedMax };
    const unsealed = await countAfter(this.#database, this.#table, position);
    const findings = this.#findings.slice(0, findingsMax);
    return {
      ok: findings.length === 0,
      checked: this.#checked,
      seals: this.number,
      erased: this.#erased,
      unsealed,
      head: { seal: chain.number, hash: chain.hash.toString('hex') },
      findings,
    };
  }

  /** The seals of a page before the first broken one. */
  #soundPart(seals: readonly Seal[]): Seal[] {
    let previous: { number: number; hash: Buffer } = { number: this.number, hash: this.#hash };
    const sound: Seal[] = [];
    for (const seal of seals) {
      const broken = brokenLink(seal, previous);
      if (broken) {
        this.#findings.push(broken);
        this.#isBroken = true;
        break;
      }
      this.#isHeadFound ||= this.#isExpected(seal.hash);
      sound.push(seal);
      previous = seal;
    }
    return sound;
  }

  /** Every row of the stretch that these seals cover, those that are in none of them too. */
  async #checkRows(seals: readonly Seal[]): Promise<void> {
    const last = seals.at(-1) as Seal;
    const stretch = { from: this.#position, to: last.position };
    const sealed = Buffer.concat(seals.map(({ leaves }) => leaves));
    const rowCount = seals.reduce((sum, seal) => sum + seal.rowCount, 0);
    const limits = { form: last.form, rowsMax: rowCount + rowsPerPage };
    const found = await readLeaves(this.#database, this.#table, { ...stretch, ...limits });
    const details = await checkDetails(this.#database, this.#table, { ...stretch, idsMax: findingsMax });
    this.#findings.push(
      ...compareLeaves(sealed, found),
      ...details.changed.map((id) => ({ kind: 'details-changed', id }) as const),
    );
    this.#checked += rowCount;
    this.#erased += details.erased;
    this.number = last.number;
    this.#hash = last.hash;
    this.#position = last.position;
  }

  async #compareHead({ number, hash, position }: Chain): Promise<void> {
    const { epoch, xid, id } = this.#position;
    const isSame = position.epoch === epoch && position.xid === xid && position.id === id;
    const isBehind = await hasSealsAfterHead(this.#database, this.#table.chain);
    if (this.number < number) this.#findings.push({ kind: 'seal-removed', seal: this.number + 1 });
    else if (!hash.equals(this.#hash) || !isSame || isBehind) {
      this.#findings.push({ kind: 'head-changed', seal: number });
    }
    if (!this.#isHeadFound) this.#findings.push({ kind: 'head-unknown' });
  }

  #isExpected(hash: Buffer): boolean {
    return hash.toString('hex') === this.#expectHead;
  }
}

function runsOfOneForm(seals: readonly Seal[]): Seal[][] {
  const runs: Seal[][] = [];
  for (const seal of seals) {
    const run = runs.at(-1);
    if (run && run[0]?.form === seal.form) run.push(seal);
    else runs.push([seal]);
  }
  return runs;
}
