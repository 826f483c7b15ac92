/**
 * A secret that lies in a file of the operator's, who may replace it at any
 * time.
 *
 * @module
 */

import { SECRET_FILE_AGE_MS, SECRET_FILE_SIZE_MAX } from "../../limits.ts";

/** Reads a secret, and takes it as read for a moment. */
export class SecretFile {
  readonly #path: string;
  readonly #now: () => number;
  #secret: Promise<string> | undefined;
  #readAt = 0;

  constructor(path: string, now: () => number) {
    this.#path = path;
    this.#now = now;
  }

  /** The text without the white space around it; rejects if there is none. */
  read(): Promise<string> {
    const now = this.#now();
    if (
      this.#secret === undefined || now - this.#readAt >= SECRET_FILE_AGE_MS
    ) {
      this.#readAt = now;
      this.#secret = readText(this.#path);
    }
    return this.#secret;
  }
}

async function readText(path: string): Promise<string> {
  const { size } = await Deno.stat(path);
  if (size > SECRET_FILE_SIZE_MAX) {
    throw new TypeError(`Cannot read secret file ${path}: too large`);
  }
  return (await Deno.readTextFile(path)).trim();
}
