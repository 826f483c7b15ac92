/**
 * The whole of nalgate as its tasks start it, on a configuration of the
 * test's own.
 *
 * @module
 */

import { join } from "@std/path";
import { MAIN, TestProcess } from "./process.ts";

/** A configuration file and an empty state folder, gone afterwards. */
export class Workplace implements AsyncDisposable {
  private constructor(readonly folder: string) {}

  static async create(): Promise<Workplace> {
    return new Workplace(await Deno.makeTempDir({ prefix: "nalgate-test-" }));
  }

  /** Writes a configuration and gives the file's path. */
  async configure(yaml: string): Promise<string> {
    const file = join(this.folder, "nalgate.yaml");
    await Deno.writeTextFile(file, `state: state\n${yaml}`);
    return file;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** `nalgate …`, with the permissions of deno.json's tasks. */
export function startNalgate(...args: readonly string[]): TestProcess {
  return new TestProcess({ args: nalgateArgs(...args) });
}

/** The same as arguments of Deno. */
export function nalgateArgs(...args: readonly string[]): string[] {
  return [
    "run",
    "-q",
    "--no-prompt",
    "-P=supervisor",
    `--allow-run=${Deno.execPath()},setpriv`,
    MAIN,
    ...args,
  ];
}

/** A port that was free a moment ago. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
