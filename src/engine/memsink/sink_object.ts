/**
 * Follows the name of a sink: its object comes, goes, and is replaced by
 * another of the same name whenever a writer likes.
 *
 * @module
 */

import { EACCES, ENOENT } from "./libc.ts";
import { ObjectName, type SharedMemory } from "./shared_memory.ts";

/** Why there is no open object. */
export interface Absence {
  readonly state: "sink_absent" | "permission_denied";
  readonly detail: string;
}

/** What a look at the name came to. */
export type Followed = "same" | "resized" | "opened" | Absence;

/** The object that has a name now. */
export class SinkObject implements Disposable {
  readonly #name: ObjectName;
  #memory: SharedMemory | undefined;
  #inode = 0n;
  #size = 0;

  constructor(name: string) {
    this.#name = new ObjectName(name);
  }

  get memory(): SharedMemory | undefined {
    return this.#memory;
  }

  /** Bytes, as of the last look. */
  get size(): number {
    return this.#size;
  }

  /** Looks the name up: opens what is new, closes what has lost the name. */
  follow(): Followed {
    const named = this.#name.stat();
    if (typeof named === "number") return this.#absence(named);
    // While the old object is open, no other can get its inode number.
    if (this.#memory !== undefined && named.inode === this.#inode) {
      if (named.size === this.#size) return "same";
      this.#size = named.size;
      return "resized";
    }
    this[Symbol.dispose]();
    return this.#open();
  }

  [Symbol.dispose](): void {
    this.#memory?.[Symbol.dispose]();
    this.#memory = undefined;
  }

  #open(): Followed {
    const memory = this.#name.open();
    if (typeof memory === "number") return this.#absence(memory);
    const facts = memory.stat();
    if (typeof facts === "number") {
      memory[Symbol.dispose]();
      return this.#absence(facts);
    }
    this.#memory = memory;
    this.#inode = facts.inode;
    this.#size = facts.size;
    return "opened";
  }

  #absence(negativeErrno: number): Absence {
    this[Symbol.dispose]();
    if (negativeErrno === -EACCES) {
      return { state: "permission_denied", detail: this.#access() };
    }
    const detail = negativeErrno === -ENOENT ? "" : `errno ${-negativeErrno}`;
    return { state: "sink_absent", detail };
  }

  #access(): string {
    const facts = this.#name.stat();
    if (typeof facts === "number") return "";
    const mode = facts.mode.toString(8).padStart(4, "0");
    return `mode ${mode}, owner ${facts.uid}, group ${facts.gid}`;
  }
}
