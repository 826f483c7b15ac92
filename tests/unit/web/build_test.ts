import { assert, assertEquals } from "@std/assert";
import { moduleNames, toJavaScript } from "../../../src/web/build.ts";

Deno.test("toJavaScript() takes types away and points at JavaScript", () => {
  const source = `import { a } from "./a.ts";
import type { B } from "./b.ts";
import "./c.ts";
export { d } from "./d.ts";
import {
  e,
} from "./e.ts";
const x: number = a as number; const text = "./f.ts";
`;
  const lines = toJavaScript(source).split("\n").map((line) => line.trimEnd());
  assertEquals(lines, [
    'import { a } from "./a.js";',
    "",
    'import "./c.js";',
    'export { d } from "./d.js";',
    "import {",
    "  e,",
    '} from "./e.js";',
    'const x         = a          ; const text = "./f.ts";',
    "",
  ]);
});

Deno.test("toJavaScript() makes every page script a module that parses", () => {
  for (const name of moduleNames()) {
    const source = Deno.readTextFileSync(
      new URL(`../../../src/web/${name}.ts`, import.meta.url),
    );
    const script = toJavaScript(source);
    assert(!/from "\.\/[^"]+\.ts"/.test(script), name);
    // Imports and exports aside, a function body takes all that a module does.
    const body = script
      .replaceAll(/^import [^;]+;/gms, "")
      .replaceAll(/^export /gm, "");
    new Function(`return async () => {${body}};`);
  }
});

Deno.test("moduleNames() leaves the build itself at home", () => {
  assert(moduleNames().includes("player"));
  assert(!moduleNames().includes("build"));
});
