import { assertEquals } from "@std/assert";
import { LOG_LINE_LENGTH_MAX } from "../../../src/limits.ts";
import { eachLine } from "../../../src/supervisor/lines.ts";

async function linesOf(...chunks: string[]): Promise<string[]> {
  const encoder = new TextEncoder();
  const lines: string[] = [];
  const stream = ReadableStream.from(
    chunks.map((chunk) => encoder.encode(chunk)),
  );
  await eachLine(stream, (line) => lines.push(line));
  return lines;
}

Deno.test("eachLine() gives whole lines", async (t) => {
  const long = "x".repeat(LOG_LINE_LENGTH_MAX + 1);
  const cases: readonly {
    name: string;
    chunks: string[];
    expected: string[];
  }[] = [
    { name: "of nothing none", chunks: [], expected: [] },
    { name: "two of one chunk", chunks: ["a\nb\n"], expected: ["a", "b"] },
    { name: "one of two chunks", chunks: ["a", "b\n"], expected: ["ab"] },
    {
      name: "the last without its end",
      chunks: ["a\nb"],
      expected: ["a", "b"],
    },
    { name: "an empty one", chunks: ["\na\n"], expected: ["", "a"] },
    {
      name: "of an endless one its parts",
      chunks: [long, "y\n"],
      expected: [long, "y"],
    },
  ];
  for (const { name, chunks, expected } of cases) {
    await t.step(name, async () => {
      assertEquals(await linesOf(...chunks), expected);
    });
  }
});
