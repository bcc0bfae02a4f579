import type { Source } from './source.js';

export interface Offence {
  readonly line: number;
  readonly what: string;
  /** For limits: how much it is. An exception then allows this much and no more. */
  readonly amount?: number;
}

/** A habit that a program can see. */
export interface Check {
  /** kebab-case, the key of its exceptions. */
  readonly name: string;
  /** What the offender should do instead. */
  readonly advice: string;
  find(source: Source): Offence[];
}

/** Offences of one kind in one file that are known: at most `allowed` of them (lines, for a limit), because of `reason`. */
export interface Exception {
  readonly allowed: number;
  readonly reason: string;
}

export type Exceptions = Readonly<Record<string, Readonly<Record<string, Exception>>>>;

/** What is wrong with the tree, a line each. Exceptions that allow more than there is are wrong as well: they only shrink. */
export function judge(check: Check, sources: readonly Source[], exceptions: Exceptions): string[] {
  const known = exceptions[check.name] ?? {};
  const complaints: string[] = [];
  for (const source of sources) {
    const offences = check.find(source);
    const allowed = known[source.path]?.allowed ?? 0;
    const amount = Math.max(0, ...offences.map((offence) => offence.amount ?? offences.length));
    if (amount > allowed) {
      complaints.push(...offences.map(({ line, what }) => `${source.path}:${line} ${what}`));
    } else if (amount < allowed) {
      complaints.push(
        `${source.path} is better than its exception: lower ${allowed} to ${amount}, or remove it at 0`,
      );
    }
  }
  const paths = new Set(sources.map((source) => source.path));
  const stale = Object.keys(known).filter((path) => !paths.has(path));
  return [...complaints, ...stale.map((path) => `${path} is gone: remove its exception`)];
}
