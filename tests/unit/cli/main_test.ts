import { assert, assertEquals, assertMatch } from "@std/assert";
import { main } from "../../../src/main.ts";
import { testContext } from "../../support/context.ts";

async function run(...args: string[]) {
  const context = testContext();
  const code = await main(args, context);
  return { code, out: context.out(), err: context.err() };
}

Deno.test("nalgate alone, help and --help explain and end well", async () => {
  const bare = await run();
  assertEquals(bare.code, 0);
  assertMatch(bare.out, /Usage: nalgate <command>/);
  for (const word of ["help", "--help", "-h"]) {
    assertEquals(await run(word), bare);
  }
});

Deno.test("every command explains itself with an example", async (t) => {
  const { out } = await run();
  const names = [...out.matchAll(/^ {2}([a-z-]+) +\S/gm)].map(([, name]) =>
    name!
  ).filter((name) => name !== "nalgate");
  assert(names.includes("serve") && names.includes("demo"), out);
  for (const name of names) {
    await t.step(name, async () => {
      const long = await run(name, "--help");
      assertEquals(long.code, 0);
      assertMatch(long.out, new RegExp(`^Usage: nalgate ${name}\\b`, "m"));
      assertMatch(long.out, /\nExample:\n {2}\S/);
      const longest = Math.max(...long.out.split("\n").map((l) => l.length));
      assert(longest <= 80, `a line of ${longest} characters`);
      assertEquals(await run("help", name), long);
      assertEquals(await run(name, "-h"), long);
    });
  }
});

Deno.test("nalgate version names what it runs on", async () => {
  const { code, out } = await run("version");
  assertEquals(code, 0);
  assertMatch(out, /^nalgate \d+\.\d+\.\d+ \(deno \d.*, v8 \d.*\)\n$/);
  assertEquals((await run("--version")).out, out);
});

Deno.test("nalgate refuses bad usage with exit code 2", async (t) => {
  const cases: readonly { name: string; args: string[]; expected: string }[] = [
    {
      name: "a misspelt command",
      args: ["sevre"],
      expected:
        'nalgate: unknown command "sevre"; did you mean nalgate serve?\n',
    },
    {
      name: "one that is like none",
      args: ["photograph"],
      expected: 'nalgate: unknown command "photograph"; see nalgate help\n',
    },
    {
      name: "a property of all objects",
      args: ["constructor"],
      expected: 'nalgate: unknown command "constructor"; see nalgate help\n',
    },
    {
      name: "help of an unknown command",
      args: ["help", "demmo"],
      expected:
        'nalgate: unknown command "demmo"; did you mean nalgate demo?\n',
    },
    {
      name: "an unknown flag",
      args: ["serve", "--confg", "x"],
      expected:
        "nalgate serve: unknown flag --confg; did you mean --config?; see nalgate serve --help\n",
    },
    {
      name: "a port that is none",
      args: ["demo", "--port", "http"],
      expected:
        'nalgate demo: --port is "http", expected 0–65535; see nalgate demo --help\n',
    },
    {
      name: "config without a verb",
      args: ["config"],
      expected:
        "nalgate config: missing check or print; see nalgate config --help\n",
    },
  ];
  for (const { name, args, expected } of cases) {
    await t.step(name, async () => {
      assertEquals(await run(...args), { code: 2, out: "", err: expected });
    });
  }
});

Deno.test("a bad configuration is exit code 78, with every problem", async () => {
  const file = await Deno.makeTempFile({ suffix: ".yaml" });
  try {
    await Deno.writeTextFile(file, "lisen: x\nlog: {level: loud}\n");
    for (const args of [["config", "check"], ["config", "print"], ["serve"]]) {
      const { code, out, err } = await run(...args, "--config", file);
      assertEquals([code, out], [78, ""]);
      assertEquals(err.split("\n"), [
        `${file}:1:1: lisen: unknown key, did you mean listen?`,
        `${file}:2:14: log.level: is "loud", expected debug | info | warn | error`,
        "",
      ]);
    }
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("config check and print", async () => {
  const file = await Deno.makeTempFile({ suffix: ".yaml" });
  try {
    await Deno.writeTextFile(file, "listen: :81\n");
    const check = await run("config", "check", "--config", file);
    assertEquals(check, { code: 0, out: `ok: ${file}\n`, err: "" });
    const print = await run("config", "print", "--config", file);
    assertMatch(print.out, new RegExp(`^listen: ":81"  # ${file}:1:9$`, "m"));
    assertMatch(print.out, /^log\.level: info {2}# default$/m);
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("a Janus to spawn that is not there is exit code 78", async () => {
  const file = await Deno.makeTempFile({ suffix: ".yaml" });
  try {
    await Deno.writeTextFile(file, "upstreams: {lab: {janus: spawn}}\n");
    for (const args of [["config", "check"], ["serve"]]) {
      // Without a PATH nothing is found.
      const { code, out, err } = await run(...args, "--config", file);
      assertEquals([code, out], [78, ""]);
      const at = "upstreams.lab.janus: is spawn, but";
      assertEquals(err.split("\n").slice(0, 2), [
        `${at} setpriv is not installed: apt-get install util-linux`,
        `${at} Janus is not installed: apt-get install janus`,
      ]);
    }
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("config print knows both kinds of Janus", async () => {
  const file = await Deno.makeTempFile({ suffix: ".yaml" });
  try {
    await Deno.writeTextFile(
      file,
      "upstreams:\n  a: {janus: spawn}\n  b: {janus: {url: ws://h/}}\n",
    );
    const { out } = await run("config", "print", "--config", file);
    assertEquals(
      out.match(/^upstreams.*$/gm),
      [
        `upstreams.a.janus: "spawn"  # ${file}:2:14`,
        `upstreams.b.janus.url: "ws://h/"  # ${file}:3:20`,
      ],
    );
  } finally {
    await Deno.remove(file);
  }
});
