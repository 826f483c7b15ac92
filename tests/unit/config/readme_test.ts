/**
 * README.md says what the code does: its table is the schema's, its example
 * parses, its packages are CI's.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { documentedKeys } from "../../../src/config/keys.ts";
import { parseConfig } from "../../../src/config/parse.ts";

const README = await read("README.md");

function read(name: string): Promise<string> {
  return Deno.readTextFile(new URL(`../../../${name}`, import.meta.url));
}

/** The cells of the rows that start with a key. */
function tableRows(): string[][] {
  return [...README.matchAll(/^\| `.*$/gm)].map(([row]) =>
    row.split(/(?<!\\)\|/).slice(1, -1)
      .map((cell) => cell.trim().replaceAll("\\|", "|"))
  );
}

Deno.test("README.md's configuration table is the schema's", () => {
  const expected = documentedKeys().map(
    ({ path, list, expected, byDefault, doc }) => [
      `\`${path.join(".")}\``,
      list ? `list: ${expected}` : expected,
      byDefault,
      doc,
    ],
  );
  assertEquals(tableRows(), expected);
});

Deno.test("README.md's example is a configuration of at most 12 lines", () => {
  const text = /```yaml\n([^]*?)```/.exec(README)?.[1] ?? "";
  assert(text.trim().split("\n").length <= 12);
  const { cameras, upstreams } = parseConfig({
    text,
    file: "README.md",
    resolve: (path) => path,
    env: () => undefined,
  });
  assertEquals([cameras.length, upstreams.length], [2, 1]);
});

Deno.test("README.md names the packages and the test command of CI", async () => {
  const script = await read(".ci/run");
  const words = (text: string | undefined) =>
    (text ?? "").split(/[\s\\]+/).filter((word) => word !== "").sort();
  const installed = words(/packages=\(([^)]*)\)/.exec(script)?.[1]);
  const named = words(/apt-get install ([^]*?)```/.exec(README)?.[1]);
  assertEquals(named, installed);
  assert(installed.length > 5);
  for (const text of [README, script]) {
    assert(text.includes("npx --yes deno@2.9.6 task test"));
  }
});
