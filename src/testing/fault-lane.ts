import type { Socket } from 'node:net';

/** Read anew for each piece, so that they may change while bytes are under way. */
interface LaneFaults {
  readonly delayMs: number;
  readonly bytesPerSecond: number | undefined;
}

interface Parcel {
  /** Undefined: the sender has ended. */
  readonly bytes: Buffer | undefined;
  readonly dueMs: number;
}

/** More than this under way, and the sender is read no further: it feels the back-pressure of a slow line. */
const underWayBytesMax = 64 * 1024;
/** A limited line gives this many pieces a second. */
const piecesPerSecond = 50;

/** One direction of a connection: carries bytes in order, as late and as slowly as the faults say. */
export class FaultLane {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #faults: LaneFaults;
  readonly #parcels: Parcel[] = [];
  #underWayBytes = 0;
  #busyUntilMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(from: Socket, to: Socket, faults: LaneFaults) {
    this.#from = from;
    this.#to = to;
    this.#faults = faults;
    from.once('end', () => this.#push(undefined));
    to.once('close', () => {
      clearTimeout(this.#timer);
      this.#parcels.length = 0;
    });
  }

  send(bytes: Buffer): void {
    if (this.#to.destroyed) return;
    this.#underWayBytes += bytes.length;
    if (this.#underWayBytes > underWayBytesMax) this.#from.pause();
    this.#push(bytes);
  }

  #push(bytes: Buffer | undefined): void {
    if (this.#to.destroyed) return;
    this.#parcels.push({ bytes, dueMs: performance.now() + this.#faults.delayMs });
    if (this.#parcels.length === 1) this.#deliver();
  }

  #deliver(): void {
    for (let parcel = this.#parcels[0]; parcel; parcel = this.#parcels[0]) {
      const waitMs = Math.max(parcel.dueMs, this.#busyUntilMs) - performance.now();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#deliver(), Math.ceil(waitMs));
        return;
      }
      this.#parcels.shift();
      if (parcel.bytes) this.#write(this.#piece(parcel.bytes));
      else this.#to.end();
    }
  }

  /** As much as the line takes at once; what is left goes to the front of the queue. */
  #piece(bytes: Buffer): Buffer {
    const { bytesPerSecond } = this.#faults;
    if (bytesPerSecond === undefined) return bytes;
    const piece = bytes.subarray(0, Math.max(1, Math.floor(bytesPerSecond / piecesPerSecond)));
    const rest = bytes.subarray(piece.length);
    if (rest.length > 0) this.#parcels.unshift({ bytes: rest, dueMs: 0 });
    this.#busyUntilMs = performance.now() + (piece.length / bytesPerSecond) * 1000;
    return piece;
  }

  #write(bytes: Buffer): void {
    this.#to.write(bytes);
    this.#underWayBytes -= bytes.length;
    if (this.#underWayBytes <= underWayBytesMax) this.#from.resume();
  }
}
