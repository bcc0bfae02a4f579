import type { AuditLog } from '../../platform/audit/index.js';
import type { EventStreams } from '../../platform/http/index.js';
import type { AdminConfig } from './admin.config.js';
import { adminErrors } from './admin.errors.js';

interface VerifierDeps {
  readonly auditLog: AuditLog;
  readonly streams: EventStreams;
  readonly config: Pick<AdminConfig, 'verifySecondsMax'>;
}

export interface AuditAnswer {
  readonly ok: boolean;
  readonly checked: number;
  readonly firstBroken?: { readonly kind: string; readonly id?: string; readonly seal?: number };
  readonly unsealed: number;
  readonly head: { readonly seal: number; readonly hash: string };
}

/** Verifies while somebody waits for it: those who ask meanwhile get the same answer. */
export class AuditLogVerifier {
  readonly #deps: VerifierDeps;
  #running: Promise<AuditAnswer> | undefined;

  constructor(deps: VerifierDeps) {
    this.#deps = deps;
  }

  /**
   * Walks the whole log, in pages, for at most `admin.verifySecondsMax`; raises 503 `audit-verify-too-long` then,
   * and when the server stops.
   */
  verify(): Promise<AuditAnswer> {
    this.#running ??= this.#verify().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #verify(): Promise<AuditAnswer> {
    const { auditLog, streams, config } = this.#deps;
    const seconds = config.verifySecondsMax;
    const ending = new AbortController();
    const tooLong = () => ending.abort(adminErrors.auditVerifyTooLong({ params: { seconds } }));
    const timer = setTimeout(tooLong, seconds * 1000);
    const release = streams.stopWith(tooLong);
    try {
      const { ok, checked, findings, unsealed, head } = await auditLog.verify({ signal: ending.signal });
      const [firstBroken] = findings;
      return { ok, checked, ...(firstBroken && { firstBroken }), unsealed, head };
    } finally {
      clearTimeout(timer);
      release();
    }
  }
}
