import { assert, assertEquals, assertThrows } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { ACCESS_UNIT_SIZE_MAX } from "../../../src/limits.ts";
import { compile } from "../../../wasm/build.ts";
import {
  type Build,
  readBuild,
  WasmPacketizer,
} from "../../support/wasm_packetizer.ts";

const SIZE_BUDGET = 6 * 1024;
const PAGE_SIZE = 64 * 1024;
const BUILDS: Build[] = ["packetizer.simd.wasm", "packetizer.wasm"];

async function toText(build: Build): Promise<string> {
  const { stdout } = await new Deno.Command("wasm2wat", {
    args: [
      fromFileUrl(new URL(`../../../wasm/build/${build}`, import.meta.url)),
    ],
  }).output();
  return new TextDecoder().decode(stdout);
}

for (const build of BUILDS) {
  Deno.test(`${build} imports nothing and exports the ABI`, async () => {
    const module = await WebAssembly.compile(await readBuild(build));
    assertEquals(WebAssembly.Module.imports(module), []);
    const exported = WebAssembly.Module.exports(module)
      .map(({ name, kind }) => `${kind} ${name}`).sort();
    assertEquals(exported, [
      "function begin",
      "function configure",
      "function extend",
      "function next",
      "global ACCESS_UNIT_SIZE_MAX",
      "global EXTENSION",
      "global EXTENSION_SIZE_MAX",
      "global FACTS",
      "global FRAME",
      "global NAL_UNITS_MAX",
      "global PACKET",
      "global PARAMETER_SETS",
      "global PARAMETER_SETS_MAX",
      "global PARAMETER_SET_SIZE_MAX",
      "memory memory",
    ]);
  });

  Deno.test(`${build} has memory that does not grow`, async () => {
    const { exports } = await WasmPacketizer.load(build);
    const { memory } = exports;
    assertEquals(memory.buffer.byteLength, 33 * PAGE_SIZE);
    assertThrows(() => memory.grow(1), RangeError);
    const text = await toText(build);
    assert(text.includes("(memory (;0;) 33 33)"));
    assert(!text.includes("memory.grow") && !text.includes("memory.size"));
  });

  Deno.test(`${build} has no table, and SIMD only where V8 runs it`, async () => {
    const text = await toText(build);
    assert(!text.includes("(table") && !text.includes("call_indirect"));
    assertEquals(text.includes("v128.load"), build === "packetizer.simd.wasm");
  });

  Deno.test(`${build} keeps its regions apart`, async () => {
    const packetizer = await WasmPacketizer.load(build);
    const at = (name: string) => packetizer.constant(name);
    assertEquals(at("ACCESS_UNIT_SIZE_MAX"), ACCESS_UNIT_SIZE_MAX);
    const slotSize = 12 + at("PARAMETER_SET_SIZE_MAX");
    const regions = [
      { start: at("FRAME"), size: ACCESS_UNIT_SIZE_MAX },
      {
        start: at("PARAMETER_SETS"),
        size: at("PARAMETER_SETS_MAX") * slotSize,
      },
      { start: at("EXTENSION"), size: at("EXTENSION_SIZE_MAX") },
      { start: at("PACKET"), size: 8 },
      { start: at("FACTS"), size: 36 },
    ].sort((one, other) => one.start - other.start);
    // The headroom: nine parameter sets, a header and an extension.
    assert(regions[0]!.start >= 9 * (3 + 512) + 12 + 32);
    for (const [index, { start, size }] of regions.entries()) {
      const next = regions[index + 1]?.start ?? 33 * PAGE_SIZE;
      assert(start + size <= next, `${start} and ${size} up to ${next}`);
    }
  });

  Deno.test(`${build} is small`, async () => {
    const { length } = await readBuild(build);
    assert(length <= SIZE_BUDGET, `${length} bytes`);
  });
}

Deno.test("packetizer allocates nothing, says its name section", async () => {
  const bytes = await compile(["--debug"]);
  const names = new TextDecoder("latin1").decode(bytes);
  assert(names.includes("packetizer/begin"), "the names are not there");
  for (const runtime of ["rt/stub", "__new", "__alloc", "rt/"]) {
    assert(!names.includes(runtime), `it has ${runtime}`);
  }
});

Deno.test("wasm/README.md names every export", async () => {
  const module = await WebAssembly.compile(await readBuild(BUILDS[0]!));
  const readme = await Deno.readTextFile(
    new URL("../../../wasm/README.md", import.meta.url),
  );
  for (const { name, kind } of WebAssembly.Module.exports(module)) {
    if (kind !== "memory") assert(readme.includes(`\`${name}\``), name);
  }
});
