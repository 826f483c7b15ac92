/**
 * What a check has found.
 *
 * @module
 */

/** One line of the doctor's report. */
export interface Finding {
  readonly verdict: "ok" | "warn" | "fail";
  /** What was looked at: a key of the configuration, most often. */
  readonly about: string;
  readonly text: string;
  /** What to do about it. */
  readonly remedy?: string;
}

/** All is well. */
export function ok(about: string, text: string): Finding {
  return { verdict: "ok", about, text };
}

/** Something to say and to do. */
interface Trouble {
  readonly text: string;
  readonly remedy: string;
}

/** It works, and yet. */
export function warn(about: string, trouble: Trouble): Finding {
  return { verdict: "warn", about, ...trouble };
}

/** It does not work, or lets in whom it should not. */
export function fail(about: string, trouble: Trouble): Finding {
  return { verdict: "fail", about, ...trouble };
}

/** A finding as people read it. */
export function findingText(
  { verdict, about, text, remedy }: Finding,
): string {
  const line = `${verdict.padEnd(5)} ${about}: ${text}\n`;
  return remedy === undefined ? line : `${line}      → ${remedy}\n`;
}
