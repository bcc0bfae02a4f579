import { V7Generator } from 'uuidv7';

const generator = new V7Generator();
/** A clock that steps back less than this keeps ids ascending; a larger step starts a new run. */
const rollbackAllowanceMs = 10_000;

/** A UUID v7 (RFC 9562) for the moment `now`, ascending within the process. */
export function newId(now: Date): string {
  return generator.generateOrResetCore(now.getTime(), rollbackAllowanceMs).toString();
}
