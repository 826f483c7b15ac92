/**
 * Runs all tests, or those under the paths given, and sums them up.
 *
 * Test files that load the native WebRTC package get a process each: `deno
 * test` gives each file an isolate of its own, and the package's static state
 * refers to the first one that loaded it, for as long as the process lives.
 *
 * @module
 */

import { stripVTControlCharacters } from "node:util";
import { fromFileUrl, join, resolve } from "@std/path";

const TESTS = fromFileUrl(new URL(".", import.meta.url));
const NATIVE = "node-datachannel";

/** All test files below a folder, sorted; a file is itself. */
function testFiles(path: string): string[] {
  if (Deno.statSync(path).isFile) return [path];
  return [...Deno.readDirSync(path)]
    .sort((a, b) => a.name < b.name ? -1 : 1)
    .flatMap(({ name, isDirectory }) => {
      const found = join(path, name);
      if (isDirectory) return testFiles(found);
      return name.endsWith("_test.ts") ? [found] : [];
    });
}

/** Whether a module of the tests imports the package, itself or by others. */
function loadsNative(file: string, seen = new Set<string>()): boolean {
  if (seen.has(file)) return false;
  seen.add(file);
  const text = readText(file);
  const imports = text.matchAll(/(?:from|import\()\s*"([^"]+)"/g);
  return [...imports].some(([, name = ""]) =>
    name === NATIVE ||
    (name.startsWith(".") && loadsNative(resolve(file, "..", name), seen))
  );
}

/** A module's text; empty if it is only a name in somebody's test data. */
function readText(file: string): string {
  try {
    return Deno.readTextFileSync(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

/** Passed and failed tests of one `deno test`. */
async function run(files: readonly string[]): Promise<[number, number]> {
  if (files.length === 0) return [0, 0];
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "-q", "-P=test", ...files],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let tail = "";
  const decoder = new TextDecoder();
  for await (const chunk of child.stdout) {
    for (let done = 0; done < chunk.length;) {
      done += Deno.stdout.writeSync(chunk.subarray(done));
    }
    tail = (tail + decoder.decode(chunk, { stream: true })).slice(-4096);
  }
  const { success } = await child.status;
  const [, passed = "0", failed = "0"] =
    /\| (\d+) passed.*?\| (\d+) failed/.exec(stripVTControlCharacters(tail)) ??
      [];
  // One that ends without a summary, or badly in spite of it, has failed.
  const hasFailed = !success && failed === "0";
  return [Number(passed), hasFailed ? 1 : Number(failed)];
}

const paths = Deno.args.length > 0 ? Deno.args : [TESTS];
const files = paths.flatMap((path) => testFiles(resolve(path)));
const native = files.filter((file) => loadsNative(file));
const others = files.filter((file) => !native.includes(file));
let [passed, failed] = await run(others);
for (const file of native) {
  const [more, worse] = await run([file]);
  passed += more;
  failed += worse;
}
// deno-lint-ignore no-console -- the result
console.log(`${passed} passed, ${failed} failed`);
Deno.exit(failed === 0 && passed > 0 ? 0 : 1);
