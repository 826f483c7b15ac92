/**
 * What the main thread and the password worker say to each other.
 *
 * @module
 */

/** Argon2id as OWASP's password storage cheat sheet asks: 19 MiB, 2, 1. */
export const PHC_PARAMETERS = { m: 19_456, t: 2, p: 1 } as const;

const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;

/**
 * The work factor of a hash as `htpasswd -B` and PiKVM make them; nothing for
 * another. They are verified, but never made.
 */
export function bcryptCost(hash: string): number | undefined {
  const [, cost] = BCRYPT.exec(hash) ?? [];
  return cost === undefined ? undefined : Number(cost);
}

/** A password to hash, or to verify against a PHC string or bcrypt's. */
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
