/**
 * What the main thread and the password worker say to each other.
 *
 * @module
 */

/** Argon2id as OWASP's password storage cheat sheet asks: 19 MiB, 2, 1. */
export const PHC_PARAMETERS = { m: 19_456, t: 2, p: 1 } as const;

/** A password to hash, or to verify against a PHC string. */
export interface PasswordTask {
  readonly id: number;
  readonly password: string;
  readonly phc?: string;
}

/** The answer to one task. */
export type PasswordAnswer =
  & { readonly id: number }
  & (
    | { readonly phc: string }
    | { readonly matches: boolean }
    | { readonly failed: true }
  );
