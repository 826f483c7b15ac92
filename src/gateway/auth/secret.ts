/**
 * Secrets: making them, storing them hashed, comparing them in constant time.
 *
 * @module
 */

import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** A fresh secret of 256 bits, safe in a URL and in a cookie. */
export function newSecret(): string {
  return randomBytes(32).toString("base64url");
}

/** A fresh identifier of 96 bits; no secret. Hex: none looks like a flag. */
export function newId(): string {
  return randomBytes(12).toString("hex");
}

/** What is stored instead of a secret. */
export function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("base64url");
}

/**
 * Whether two secrets are equal, in a time that tells nothing. Hashing first
 * gives both the same length, without which `timingSafeEqual` throws.
 */
export function sameSecret(one: string, other: string): boolean {
  return timingSafeEqual(
    createHash("sha256").update(one).digest(),
    createHash("sha256").update(other).digest(),
  );
}
