/**
 * Time-based one-time passwords (RFC 6238): SHA-1, six digits, 30 seconds, as
 * every authenticator app has them.
 *
 * @module
 */

import { createHmac, randomBytes } from "node:crypto";
import { decodeBase32, encodeBase32 } from "@std/encoding";
import { TOTP_STEP_MS, TOTP_STEPS_OFF_MAX } from "../../limits.ts";
import { sameSecret } from "./secret.ts";

/** A user's second factor. */
export interface Totp {
  /** In base32, as apps take it. */
  readonly secret: string;
  /** The last step that signed somebody in: none works twice. */
  readonly usedStep: number;
}

const DIGITS = 6;

/** A fresh secret, as long as the hash (RFC 4226 section 4). */
export function newTotp(): Totp {
  return { secret: encodeBase32(randomBytes(20)), usedStep: 0 };
}

/** What an authenticator app reads, as a link or from a QR code. */
export function totpUri(user: string, { secret }: Pick<Totp, "secret">) {
  const label = encodeURIComponent(`nalgate:${user}`);
  return `otpauth://totp/${label}?secret=${secret}&issuer=nalgate`;
}

/** The code of a step (RFC 4226 section 5.3). */
export function totpCode(secret: string, step: number): string {
  const counter = new DataView(new ArrayBuffer(8));
  counter.setBigUint64(0, BigInt(step));
  const hash = createHmac("sha1", decodeBase32(secret))
    .update(new Uint8Array(counter.buffer)).digest();
  const at = (hash.at(-1) ?? 0) & 15;
  const number = hash.readUInt32BE(at) & 0x7fff_ffff;
  return String(number % 10 ** DIGITS).padStart(DIGITS, "0");
}

/**
 * The step that a code belongs to, if that is near enough and newer than the
 * one used last.
 */
export function totpStep(
  { secret, usedStep }: Totp,
  { code, now }: { code: string; now: number },
): number | undefined {
  const typed = code.replaceAll(/\s/g, "");
  const current = Math.floor(now / TOTP_STEP_MS);
  const steps = Array.from(
    { length: 2 * TOTP_STEPS_OFF_MAX + 1 },
    (_, index) => current - TOTP_STEPS_OFF_MAX + index,
  );
  return steps.find((step) =>
    step > usedStep && sameSecret(totpCode(secret, step), typed)
  );
}
