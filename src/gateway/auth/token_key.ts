/**
 * The key that signs bearer tokens, in `token_key.json`: made once, by
 * whoever needs it first.
 *
 * @module
 */

import { join } from "@std/path";
import {
  calculateJwkThumbprint,
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  importJWK,
} from "jose";
import { z } from "zod";
import { newId } from "./secret.ts";
import { StateFile } from "./state_file.ts";

/** The only algorithm: Ed25519 (RFC 8037). */
export const TOKEN_ALGORITHM = "EdDSA";

const FILE = z.strictObject({
  /** Which nalgate this is: the audience of its tokens. */
  instance: z.string().min(16),
  kid: z.string().min(16),
  jwk: z.strictObject({
    kty: z.literal("OKP"),
    crv: z.literal("Ed25519"),
    x: z.string(),
    d: z.string(),
  }),
});

type KeyFile = z.infer<typeof FILE>;

/** The key pair, and what tokens say about it. */
export interface TokenKey {
  readonly instance: string;
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
}

/**
 * Opens the key of a state folder, and makes it if there is none.
 *
 * @throws {GatewayError} `not_saved` if it has to be made and cannot.
 */
export async function openTokenKey(stateDir: string): Promise<TokenKey> {
  const file = await openFile(stateDir);
  // A key that is there is only read: the disk may be read-only for good.
  if (file.value !== undefined) return await keyOf(file.value);
  const fresh = await newKey();
  return await keyOf(await file.update((before) => before ?? fresh) ?? fresh);
}

/** The key of a state folder, if it has been made. */
export async function findTokenKey(
  stateDir: string,
): Promise<TokenKey | undefined> {
  const { value } = await openFile(stateDir);
  return value && await keyOf(value);
}

function openFile(stateDir: string): Promise<StateFile<KeyFile | undefined>> {
  return StateFile.open<KeyFile | undefined>({
    path: join(stateDir, "token_key.json"),
    parse: (json) => FILE.parse(json),
    empty: undefined,
  });
}

async function keyOf({ instance, kid, jwk }: KeyFile): Promise<TokenKey> {
  const { d: _private, ...publicJwk } = jwk;
  return {
    instance,
    kid,
    privateKey: await importKey(jwk),
    publicKey: await importKey(publicJwk),
  };
}

async function importKey(
  jwk: { kty: "OKP"; crv: string; x: string; d?: string },
): Promise<CryptoKey> {
  // Only a symmetric key would come as bytes.
  return await importJWK(jwk, TOKEN_ALGORITHM) as CryptoKey;
}

async function newKey(): Promise<KeyFile> {
  const { privateKey } = await generateKeyPair(TOKEN_ALGORITHM, {
    crv: "Ed25519",
    extractable: true,
  });
  const { x = "", d = "" } = await exportJWK(privateKey);
  const jwk = { kty: "OKP", crv: "Ed25519", x, d };
  return FILE.parse({
    instance: `nalgate-${newId()}`,
    kid: await calculateJwkThumbprint(jwk),
    jwk,
  });
}
