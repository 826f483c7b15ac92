/**
 * Tokens as nalgate makes them, and as it does not.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { generateKeyPair, importJWK, SignJWT } from "jose";
import type { Forge } from "./rows.ts";

/** The secret part of a state folder. */
export interface KeyFile {
  readonly instance: string;
  readonly kid: string;
  readonly jwk: {
    readonly kty: "OKP";
    readonly crv: string;
    readonly x: string;
    readonly d: string;
  };
}

/** The key that a nalgate signs with. */
export async function tokenKey(stateDir: string): Promise<KeyFile> {
  return JSON.parse(await Deno.readTextFile(`${stateDir}/token_key.json`));
}

/** Makes tokens that differ in one thing from a good one. */
export function forger({ instance, kid, jwk }: KeyFile, user: string): Forge {
  return async ({ header = {}, claims = {}, key }) => {
    const nowS = Math.floor(Date.now() / 1000);
    const payload = defined({
      iss: "nalgate",
      aud: instance,
      sub: user,
      jti: "0".repeat(24),
      iat: nowS,
      exp: nowS + 600,
      scope: [{ right: "view", cameras: "front" }],
      ...claims,
    });
    const head = defined({ alg: "EdDSA", kid, typ: "nalgate+jwt", ...header });
    if (key === "none") return unsigned(head, payload);
    if (key === "public as HMAC") {
      return await hmac(head, payload, Buffer.from(jwk.x, "base64url"));
    }
    if (key === "empty HMAC") return await hmac(head, payload, Buffer.alloc(1));
    const pair = await generateKeyPair("EdDSA", { crv: "Ed25519" });
    const own = await importJWK(jwk, "EdDSA");
    const { crit: _, ...plain } = head;
    const signed = await new SignJWT(payload)
      .setProtectedHeader({ ...plain, alg: "EdDSA" })
      .sign(key === "another" ? pair.privateKey : own);
    // The library refuses to write some headers: put in, the rest is kept.
    const [, body, signature] = signed.split(".");
    return [encode(head), body, signature].join(".");
  };
}

function unsigned(head: object, payload: object): string {
  return `${encode(head)}.${encode(payload)}.`;
}

async function hmac(
  head: object,
  payload: object,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<string> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", bytes, algorithm, false, [
    "sign",
  ]);
  const text = `${encode(head)}.${encode(payload)}`;
  const signature = await crypto.subtle.sign(
    "HMAC",
    key,
    new TextEncoder().encode(text),
  );
  return `${text}.${Buffer.from(signature).toString("base64url")}`;
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function defined(
  fields: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  );
}
