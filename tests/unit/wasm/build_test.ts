import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { compile, readAssembly } from "../../../wasm/build.ts";

const WASM_FOLDER = fromFileUrl(new URL("../../../wasm/", import.meta.url));
const CONFIG = fromFileUrl(new URL("../../../deno.json", import.meta.url));
const OUTPUTS = ["packetizer.simd.wasm", "packetizer.wasm"];

/** A copy of the sources, with nothing built. */
async function copySources(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "nalgate-wasm-" });
  await Deno.mkdir(join(folder, "assembly"));
  for await (const { name } of Deno.readDir(join(WASM_FOLDER, "assembly"))) {
    await Deno.copyFile(
      join(WASM_FOLDER, "assembly", name),
      join(folder, "assembly", name),
    );
  }
  await Deno.copyFile(join(WASM_FOLDER, "build.ts"), join(folder, "build.ts"));
  return folder;
}

/** Runs the build as the task does. */
async function build(folder: string) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-q", "--config", CONFIG, "--allow-read", "--allow-env"],
      ...[`--allow-write=${join(folder, "build")}`, join(folder, "build.ts")],
    ],
    env: { NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}

async function read(folder: string): Promise<string[]> {
  const outputs = OUTPUTS.map((name) => join(folder, "build", name));
  return await Promise.all(
    outputs.map(async (path) => (await Deno.readFile(path)).toHex()),
  );
}

Deno.test("wasm/build.ts builds what is missing or old, once", async (t) => {
  const folder = await copySources();
  let built: string[] = [];

  await t.step("it builds both, and says so in one line", async () => {
    const { code, stdout, stderr } = await build(folder);
    assertEquals(stderr, "");
    assertEquals(code, 0);
    assertMatch(
      stdout,
      /^wasm: built packetizer\.simd\.wasm \d+ B, packetizer\.wasm \d+ B\n$/,
    );
    built = await read(folder);
    const names = await Array.fromAsync(Deno.readDir(join(folder, "build")));
    assertEquals(names.map(({ name }) => name).sort(), OUTPUTS);
  });

  await t.step("the outputs are those of this source", async () => {
    assertEquals(built, await read(WASM_FOLDER));
  });

  await t.step("it does nothing when they are fresh", async () => {
    const path = join(folder, "build", OUTPUTS[0]!);
    const { mtime } = await Deno.stat(path);
    assertEquals(await build(folder), { code: 0, stdout: "", stderr: "" });
    assertEquals((await Deno.stat(path)).mtime, mtime);
  });

  await t.step("it says what is wrong and leaves them alone", async () => {
    const path = join(folder, "assembly", "rtp.ts");
    await Deno.writeTextFile(path, "export function (", { append: true });
    const { code, stdout, stderr } = await build(folder);
    assertEquals(code, 1);
    assertEquals(stdout, "");
    assertMatch(stderr, /Cannot compile the packetizer/);
    assertMatch(stderr, /in rtp\.ts\(\d+,\d+\)/);
    assertEquals(await read(folder), built);
  });

  await Deno.remove(folder, { recursive: true });
});

Deno.test("compile() fails with the compiler's own words", async () => {
  const readSource = (name: string) =>
    name === "status.ts"
      ? "export const X: i32 = nothing;"
      : readAssembly(name);
  const error = await assertRejects(() => compile([], readSource), Error);
  assertMatch(error.message, /Cannot compile the packetizer/);
  assertMatch(
    error.message,
    /Cannot find name 'nothing'|has no exported member/,
  );
});

Deno.test("readAssembly() knows no file that is not there", () => {
  assertEquals(readAssembly("nothing.ts"), null);
  assert(readAssembly("abi.ts")?.includes("export"));
});
