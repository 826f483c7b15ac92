/**
 * A folder on a disk of its own, to be filled up or made read-only.
 *
 * @module
 */

const SIZE = "256k";

/** A small disk; where mounting is not allowed, its faults are made by hand. */
export class SmallDisk implements AsyncDisposable {
  private constructor(readonly path: string, readonly isMounted: boolean) {}

  static async create(): Promise<SmallDisk> {
    const path = await Deno.makeTempDir({ prefix: "nalgate-test-" });
    const isMounted = await run(
      ["mount", "-t", "tmpfs", "-o", `size=${SIZE}`, "none", path],
    );
    return new SmallDisk(path, isMounted);
  }

  /** From now on nothing more can be written. */
  async fill(): Promise<void> {
    if (!this.isMounted) return await this.#obstruct();
    // Fails at the end of the disk, which is what it is for.
    await run(["dd", "if=/dev/zero", `of=${this.path}/filler`, "bs=4k"]);
  }

  /** Undoes `fill`. */
  async free(): Promise<void> {
    if (!this.isMounted) return await this.#clear();
    await Deno.remove(`${this.path}/filler`);
  }

  async readOnly(): Promise<void> {
    if (!this.isMounted) return await this.#obstruct();
    await this.#remount("ro");
  }

  async writable(): Promise<void> {
    if (!this.isMounted) return await this.#clear();
    await this.#remount("rw");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.isMounted) await run(["umount", "--lazy", this.path]);
    await Deno.remove(this.path, { recursive: true });
  }

  async #remount(mode: "ro" | "rw"): Promise<void> {
    const done = await run(["mount", "-o", `remount,${mode}`, this.path]);
    if (!done) throw new Error(`cannot remount ${mode}`);
  }

  /** A folder in a lock's place cannot be opened for writing. */
  async #obstruct(): Promise<void> {
    for (const lock of this.#locks) {
      await Deno.remove(lock, { recursive: true }).catch(() => {});
      await Deno.mkdir(lock);
    }
  }

  async #clear(): Promise<void> {
    for (const lock of this.#locks) await Deno.remove(lock);
  }

  get #locks(): readonly string[] {
    return ["users", "tokens", "sessions", "token_key"]
      .map((name) => `${this.path}/${name}.json.lock`);
  }
}

/** Whether a program did what it was told. */
async function run([command = "", ...args]: string[]): Promise<boolean> {
  const { success } = await new Deno.Command(command, {
    args,
    stdout: "null",
    stderr: "null",
  }).output();
  return success;
}
