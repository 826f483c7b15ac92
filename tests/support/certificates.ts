/**
 * A certification authority of the test's own, and a certificate by it.
 *
 * @module
 */

import { createHash, X509Certificate } from "node:crypto";

/** Files in a folder, and what to trust them by. */
export interface Certificates {
  /** The authority's own certificate, PEM. */
  readonly authority: string;
  readonly authorityFile: string;
  readonly authorityKeyFile: string;
  /** The host's certificate, followed by the authority's. */
  readonly chainFile: string;
  readonly keyFile: string;
  /** Chromium's `--ignore-certificate-errors-spki-list` takes it. */
  readonly authorityKeyHash: string;
}

/** Makes an authority, and by it a certificate for a host. */
export async function makeCertificates(
  folder: string,
  host: string,
): Promise<Certificates> {
  const file = (name: string) => `${folder}/${name}`;
  await openssl([
    ...["-keyout", file("ca.key"), "-out", file("ca.pem")],
    ...["-subj", "/CN=nalgate test authority"],
    ...["-addext", "basicConstraints=critical,CA:TRUE"],
    ...["-addext", "keyUsage=critical,keyCertSign"],
  ]);
  await openssl([
    ...["-keyout", file("host.key"), "-out", file("host.pem")],
    ...["-CA", file("ca.pem"), "-CAkey", file("ca.key")],
    ...["-subj", `/CN=${host}`],
    ...["-addext", `subjectAltName=DNS:${host}`],
    ...["-addext", "basicConstraints=critical,CA:FALSE"],
  ]);
  const authority = await Deno.readTextFile(file("ca.pem"));
  const own = await Deno.readTextFile(file("host.pem"));
  await Deno.writeTextFile(file("chain.pem"), own + authority);
  const key = new X509Certificate(authority).publicKey
    .export({ type: "spki", format: "der" });
  return {
    authority,
    authorityFile: file("ca.pem"),
    authorityKeyFile: file("ca.key"),
    chainFile: file("chain.pem"),
    keyFile: file("host.key"),
    authorityKeyHash: createHash("sha256").update(key).digest("base64"),
  };
}

async function openssl(args: readonly string[]): Promise<void> {
  const common = ["req", "-x509", "-nodes", "-days", "2", "-newkey", "ec"];
  const { success, stderr } = await new Deno.Command("openssl", {
    args: [...common, "-pkeyopt", "ec_paramgen_curve:P-256", ...args],
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}
