/** Shanghai keeps UTC+8 the whole year (no summer time since 1991). */
const offsetMs = 8 * 3_600_000;
const dayMs = 24 * 3_600_000;

export interface Day {
  /** `2026-03-01` as the calendar on a wall in Shanghai shows it. */
  readonly date: string;
  readonly startsAt: Date;
  /** Exclusive: this very millisecond is the next day. */
  readonly endsAt: Date;
}

/** The day in Shanghai that contains `moment`. */
export function shanghaiDay(moment: Date): Day {
  const startMs = Math.floor((moment.getTime() + offsetMs) / dayMs) * dayMs;
  return {
    date: new Date(startMs).toISOString().slice(0, 10),
    startsAt: new Date(startMs - offsetMs),
    endsAt: new Date(startMs - offsetMs + dayMs),
  };
}
