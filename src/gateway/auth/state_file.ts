/**
 * A JSON file of the state folder, shared by the gateway and the command
 * line: read again when it changes, replaced as a whole, written by one at a
 * time.
 *
 * @module
 */

import { GatewayError } from "../../errors.ts";
import { newId } from "./secret.ts";

/** What a state file holds and where. */
export interface StateFileOptions<T> {
  readonly path: string;
  /** Narrows what was read; throws on anything unexpected. */
  readonly parse: (json: unknown) => T;
  /** The value while there is no file. */
  readonly empty: T;
}

/** A typed JSON file, mode 0600. */
export class StateFile<T> {
  readonly #options: StateFileOptions<T>;
  #value: T;
  /** Which version of the file {@linkcode value} came from. */
  #version = "none";

  private constructor(options: StateFileOptions<T>) {
    this.#options = options;
    this.#value = options.empty;
  }

  /** Reads the file; one that is not there yet counts as empty. */
  static async open<T>(options: StateFileOptions<T>): Promise<StateFile<T>> {
    const file = new StateFile(options);
    await file.refresh();
    return file;
  }

  /** The value as of the last look at the file. */
  get value(): T {
    return this.#value;
  }

  /** Reads the file again if it changed. Returns whether it did. */
  async refresh(): Promise<boolean> {
    const version = await versionOf(this.#options.path);
    if (version === this.#version) return false;
    // The version counts as seen even if it cannot be parsed, so that a
    // broken file is reported once and the value before it stays.
    this.#version = version;
    this.#value = await this.#read();
    return true;
  }

  /**
   * Replaces the value, based on the newest one, before anybody else can.
   *
   * @throws {GatewayError} `not_saved`, with the value as it was before.
   */
  async update(change: (value: T) => T): Promise<T> {
    const { path } = this.#options;
    try {
      return await this.#update(change);
    } catch (cause) {
      throw notSaved(path, cause);
    }
  }

  async #update(change: (value: T) => T): Promise<T> {
    const { path } = this.#options;
    using lock = await Deno.open(`${path}.lock`, {
      create: true,
      write: true,
      mode: 0o600,
    });
    await lock.lock(true);
    const before = await this.#read();
    const after = change(before);
    if (after !== before) await replace(path, after);
    this.#version = await versionOf(path);
    this.#value = after;
    return after;
  }

  async #read(): Promise<T> {
    const { path, parse, empty } = this.#options;
    let text: string;
    try {
      text = await Deno.readTextFile(path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return empty;
      throw error;
    }
    try {
      return parse(JSON.parse(text));
    } catch {
      // The cause would quote the file, which holds secrets.
      throw new TypeError(`Cannot parse state file ${path}: wrong format`);
    }
  }
}

/** Takes entries from a file that is a list; returns how many. */
export async function removeFrom<T>(
  file: StateFile<readonly T[]>,
  which: (entry: T) => boolean,
): Promise<number> {
  let count = 0;
  await file.update((before) => {
    const after = before.filter((entry) => !which(entry));
    count = before.length - after.length;
    return count === 0 ? before : after;
  });
  return count;
}

/** A rename gives each version an inode of its own. */
async function versionOf(path: string): Promise<string> {
  try {
    const { ino, mtime, size } = await Deno.stat(path);
    return `${ino} ${mtime?.getTime()} ${size}`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "none";
    throw error;
  }
}

/** Readers see the file before or after, never in between. */
async function replace(path: string, value: unknown): Promise<void> {
  const draft = `${path}.${newId()}.new`;
  try {
    using file = await Deno.open(draft, {
      createNew: true,
      write: true,
      mode: 0o600,
    });
    const bytes = new TextEncoder().encode(JSON.stringify(value, null, 2));
    for (let done = 0; done < bytes.length;) {
      done += await file.write(bytes.subarray(done));
    }
    await file.syncData();
    await Deno.rename(draft, path);
  } catch (error) {
    await Deno.remove(draft).catch(() => {});
    throw error;
  }
}

/** What the system says against writing, as an operating error. */
export function notSaved(path: string, cause: unknown): unknown {
  const { code } = cause as { code?: unknown };
  if (typeof code !== "string" || !/^E[A-Z0-9]+$/.test(code)) return cause;
  return new GatewayError("not_saved", { cause, context: { path, why: code } });
}
