/**
 * What pages load: a fixed table, read once at the start, so that no request
 * ever reaches the file system.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { fromFileUrl, join } from "@std/path";

/** One file. */
export interface Asset {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly type: string;
  readonly etag: string;
}

const TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  ico: "image/x-icon",
  js: "text/javascript; charset=utf-8",
  png: "image/png",
  svg: "image/svg+xml",
  webmanifest: "application/manifest+json",
  woff2: "font/woff2",
};

/** The folders that assets come from: the built scripts, and the rest. */
export const ASSET_FOLDERS = [
  fromFileUrl(new URL("../../build/web/", import.meta.url)),
  fromFileUrl(new URL("../web/static/", import.meta.url)),
] as const;

/** Reads the assets by file name. */
export async function readAssets(
  folders: readonly string[] = ASSET_FOLDERS,
): Promise<ReadonlyMap<string, Asset>> {
  const assets = new Map<string, Asset>();
  for (const folder of folders) {
    for await (const { name, isFile } of Deno.readDir(folder)) {
      const type = TYPES[name.split(".").at(-1) ?? ""];
      if (!isFile || type === undefined) continue;
      const body = await Deno.readFile(join(folder, name));
      const hash = createHash("sha256").update(body).digest("base64url");
      assets.set(name, { body, type, etag: `"${hash}"` });
    }
  }
  return assets;
}
