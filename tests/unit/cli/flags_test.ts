import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../../src/cli/command.ts";
import { parseFlags } from "../../../src/cli/flags.ts";

const SPEC = {
  string: ["sink", "fps"],
  collect: ["camera"],
  boolean: ["loop"],
  positional: ["FILE", "MORE?"],
};

Deno.test("parseFlags() gives flags and words", () => {
  const flags = parseFlags(
    ["--sink=a", "clip", "--camera", "x", "--loop", "--camera=y", "--fps", "5"],
    SPEC,
  );
  assertEquals(flags.string("sink"), "a");
  assertEquals(flags.string("fps"), "5");
  assertEquals(flags.list("camera"), ["x", "y"]);
  assertEquals(flags.boolean("loop"), true);
  assertEquals(flags.positional, ["clip"]);
});

Deno.test("parseFlags() of nothing optional gives nothing", () => {
  const flags = parseFlags(["-"], SPEC);
  assertEquals(flags.string("sink"), undefined);
  assertEquals(flags.list("camera"), []);
  assertEquals(flags.boolean("loop"), false);
  assertEquals(flags.positional, ["-"]);
});

Deno.test("parseFlags() keeps words as they are", () => {
  assertEquals(parseFlags(["007", "1e3"], SPEC).positional, ["007", "1e3"]);
  assertEquals(parseFlags(["--", "--sink"], SPEC).positional, ["--sink"]);
});

Deno.test("parseFlags() refuses with one sentence", async (t) => {
  const cases: readonly { name: string; args: string[]; expected: string }[] = [
    {
      name: "a misspelt flag",
      args: ["f", "--snik", "a"],
      expected: "unknown flag --snik; did you mean --sink?",
    },
    {
      name: "an unknown flag, without its value",
      args: ["f", "--password=hunter2"],
      expected: "unknown flag --password",
    },
    { name: "a short flag", args: ["f", "-x"], expected: "unknown flag -x" },
    {
      name: "a flag without its value",
      args: ["f", "--sink"],
      expected: "--sink needs a value",
    },
    {
      name: "a flag with an empty value",
      args: ["f", "--sink="],
      expected: "--sink needs a value",
    },
    {
      name: "a flag with the next flag for a value",
      args: ["f", "--sink", "--loop"],
      expected: "--sink needs a value",
    },
    {
      name: "a value for a flag that takes none",
      args: ["f", "--loop=no"],
      expected: "--loop takes no value",
    },
    {
      name: "a flag twice",
      args: ["f", "--sink", "a", "--sink=b"],
      expected: "--sink may be given once only",
    },
    { name: "a word too few", args: [], expected: "missing FILE" },
    {
      name: "a word too many",
      args: ["a", "b", "c"],
      expected: 'unexpected "c"',
    },
  ];
  for (const { name, args, expected } of cases) {
    await t.step(name, () => {
      const error = assertThrows(() => parseFlags(args, SPEC), UsageError);
      assertEquals(error.message, expected);
    });
  }
});
