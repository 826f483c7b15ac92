/**
 * Compiles `wasm/assembly/` into `wasm/build/`: a SIMD build for V8 and a
 * scalar one for wasm2c, from the same source. Does nothing when both are
 * newer than everything they are made from.
 *
 * @module
 */

import asc from "assemblyscript/asc";

const ENTRY = "abi.ts";
/** Pages of 64 KiB: memory.ts adds up to 2.03 MiB. */
const MEMORY_PAGES = "33";

/** The two builds; only they decide which code path annexb.ts compiles. */
const BUILDS = [
  { name: "packetizer.simd.wasm", features: ["--enable", "simd"] },
  { name: "packetizer.wasm", features: [] },
] as const;

const here = (path: string) => new URL(path, import.meta.url);

/** Reads a source file; tests put faults in on the way. */
export type ReadSource = (name: string) => string | null;

/** Compiles the packetizer; throws with the compiler's own words. */
export async function compile(
  features: readonly string[],
  readSource: ReadSource = readAssembly,
): Promise<Uint8Array> {
  let output: Uint8Array | undefined;
  const { error, stderr } = await asc.main([
    ENTRY,
    ...["--outFile", "packetizer.wasm", "--runtime", "stub"],
    ...["-O3", "--noAssert", "--converge"],
    ...["--initialMemory", MEMORY_PAGES, "--maximumMemory", MEMORY_PAGES],
    ...["--disable", "sign-extension,nontrapping-f2i,mutable-globals"],
    ...features,
  ], {
    readFile: readSource,
    writeFile: (_name: string, contents: string | Uint8Array) => {
      if (typeof contents !== "string") output = contents;
    },
    listFiles: () => [],
  });
  if (error !== null || output === undefined) {
    throw new Error(`Cannot compile the packetizer: ${error}\n${stderr}`);
  }
  return output;
}

/** The default source of `compile`. */
export function readAssembly(name: string): string | null {
  try {
    return Deno.readTextFileSync(here(`assembly/${name}`));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

function modifiedAt(path: string): number {
  try {
    return Deno.statSync(here(path)).mtime?.getTime() ?? 0;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}

function isFresh(): boolean {
  const sources = [
    "build.ts",
    ...[...Deno.readDirSync(here("assembly"))].map((entry) =>
      `assembly/${entry.name}`
    ),
  ];
  const newest = Math.max(...sources.map(modifiedAt));
  return BUILDS.every(({ name }) => modifiedAt(`build/${name}`) > newest);
}

/** Written beside its place first: a reader never finds half a module. */
function replace(name: string, bytes: Uint8Array): void {
  const draft = here(`build/${name}.${Deno.pid}`);
  Deno.writeFileSync(draft, bytes);
  Deno.renameSync(draft, here(`build/${name}`));
}

if (import.meta.main && !isFresh()) {
  Deno.mkdirSync(here("build"), { recursive: true });
  const sizes: string[] = [];
  for (const { name, features } of BUILDS) {
    const bytes = await compile(features);
    replace(name, bytes);
    sizes.push(`${name} ${bytes.length} B`);
  }
  // deno-lint-ignore no-console -- a build step's one line
  console.log(`wasm: built ${sizes.join(", ")}`);
}
