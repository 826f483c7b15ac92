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
import { dirname, fromFileUrl, join, resolve } from "@std/path";

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

/** Files that share a process: a folder each, native ones by themselves. */
function inRuns(files: readonly string[]): string[][] {
  const runs = new Map<string, string[]>();
  for (const file of files) {
    const key = loadsNative(file) ? file : dirname(file);
    runs.set(key, [...runs.get(key) ?? [], file]);
  }
  return [...runs.values()];
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

/** What became of one `deno test`. */
interface Outcome {
  readonly passed: number;
  readonly failed: number;
}

/** Runs files in one process, and shows what it says when it has ended. */
async function run(files: readonly string[]): Promise<Outcome> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "-q", "-P=test", ...files],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  show(stdout);
  show(stderr);
  const text = stripVTControlCharacters(new TextDecoder().decode(stdout));
  const [, passed = "0", failed = "0"] =
    /\| (\d+) passed.*?\| (\d+) failed/.exec(text.slice(-4096)) ?? [];
  // One that ends without a summary, or badly in spite of it, has failed.
  const hasFailed = !success && failed === "0";
  return { passed: Number(passed), failed: hasFailed ? 1 : Number(failed) };
}

function show(bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) {
    done += Deno.stdout.writeSync(bytes.subarray(done));
  }
}

const paths = Deno.args.length > 0 ? Deno.args : [TESTS];
const files = paths.flatMap((path) => testFiles(resolve(path)));
const runs = inRuns(files);
const outcomes: Outcome[] = [];
// As many at once as there are cores: most of them wait for something.
await Promise.all(
  Array.from({ length: navigator.hardwareConcurrency }, async () => {
    for (let next = runs.shift(); next !== undefined; next = runs.shift()) {
      outcomes.push(await run(next));
    }
  }),
);
const sum = (of: (outcome: Outcome) => number) =>
  outcomes.reduce((total, outcome) => total + of(outcome), 0);
const [passed, failed] = [sum((o) => o.passed), sum((o) => o.failed)];
// deno-lint-ignore no-console -- the result
console.log(`${passed} passed, ${failed} failed`);
Deno.exit(failed === 0 && passed > 0 ? 0 : 1);
