const depthMax = 64;
const numberBytes = 8;
const memberBytes = 16;

/**
 * Freezes plain data, so that nobody can change what others are answered, and says roughly how many bytes it takes.
 * Raises a TypeError that names the place of what is no plain data. Dates and bytes can't be frozen: leave them.
 */
export function freezePlain(value: unknown, onlyJson = false): number {
  return freeze(value, onlyJson, 'the value', 0);
}

function freeze(value: unknown, onlyJson: boolean, place: string, depth: number): number {
  if (value === null || value === undefined || typeof value === 'boolean') return numberBytes;
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw unfit(place, 'text with half a surrogate pair');
    return numberBytes + 2 * value.length;
  }
  if (typeof value === 'number') {
    if (onlyJson && !Number.isFinite(value)) throw unfit(place, String(value));
    return numberBytes;
  }
  if (typeof value === 'object') return freezeObject(value, onlyJson, place, depth);
  if (typeof value === 'bigint' && !onlyJson && BigInt.asIntN(64, value) === value) return 2 * numberBytes;
  throw unfit(place, typeof value);
}

function freezeObject(value: object, onlyJson: boolean, place: string, depth: number): number {
  if (depth === depthMax) throw unfit(place, `nested ${depthMax} deep, or into itself`);
  if (Array.isArray(value)) {
    let bytes = memberBytes;
    for (let index = 0; index < value.length; index++) {
      if (value[index] === undefined) throw unfit(`${place}[${index}]`, 'undefined');
      bytes += freeze(value[index], onlyJson, `${place}[${index}]`, depth + 1);
    }
    Object.freeze(value);
    return bytes;
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) {
    let bytes = memberBytes;
    for (const key of Object.keys(value)) {
      if (key === '__proto__') throw unfit(place, 'with a member "__proto__"');
      const member = (value as Record<string, unknown>)[key];
      bytes += memberBytes + 2 * key.length + freeze(member, onlyJson, `${place}.${key}`, depth + 1);
    }
    Object.freeze(value);
    return bytes;
  }
  if (!onlyJson && value instanceof Date && !Number.isNaN(value.getTime())) return 2 * numberBytes;
  if (!onlyJson && value instanceof Uint8Array) return memberBytes + value.byteLength;
  throw unfit(place, prototype?.constructor?.name ?? 'an object');
}

function unfit(place: string, what: string): TypeError {
  return new TypeError(
    `The cache takes plain data (null, booleans, numbers, text, lists, records; as msgpack also bigint of 64 bits, Date, Uint8Array): ${place} is ${what}.`,
  );
}
