/**
 * The files of the state folder, looked at again and again: the command line
 * edits them, and so does another gateway of ours.
 *
 * @module
 */

import { kindOf, type Logger } from "../../log.ts";

/** What can be read again. */
interface Refreshed {
  refresh(): Promise<unknown>;
}

/** Keeps what is known of all files fresh. */
export class StateFolder {
  readonly #files: readonly Refreshed[];
  readonly #log: Logger;
  /** What could not be read at the last look. */
  readonly #unread = new Set<Refreshed>();

  constructor(files: readonly Refreshed[], log: Logger) {
    this.#files = files;
    this.#log = log;
  }

  /** Reads what has changed; what cannot be read stays as it was. */
  async refresh(): Promise<void> {
    for (const file of this.#files) {
      try {
        await file.refresh();
        this.#unread.delete(file);
      } catch (error) {
        // Once, not twice a second.
        if (this.#unread.has(file)) continue;
        this.#unread.add(file);
        this.#log.error("state not read", {
          error: kindOf(error),
          reason: error instanceof Error ? error.message : undefined,
        });
      }
    }
  }
}
