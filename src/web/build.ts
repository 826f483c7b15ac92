/**
 * Makes `build/web/*.js` from the browser's TypeScript: types taken away,
 * nothing bundled, lines and columns as they are.
 *
 * @module
 */

import { stripTypeScriptTypes } from "node:module";

const SOURCE = new URL("./", import.meta.url);
const TARGET = new URL("../../build/web/", import.meta.url);

/** A browser module as JavaScript, its imports pointing at JavaScript. */
export function toJavaScript(typescript: string): string {
  return stripTypeScriptTypes(typescript)
    .replaceAll(/(\bfrom\s+"\.\/[^"]+)\.ts"/g, '$1.js"')
    .replaceAll(/(\bimport\s+"\.\/[^"]+)\.ts"/g, '$1.js"');
}

/** The browser modules' names, without extension. */
export function moduleNames(): string[] {
  return [...Deno.readDirSync(SOURCE)]
    .filter(({ name }) => name.endsWith(".ts") && name !== "build.ts")
    .map(({ name }) => name.slice(0, -3))
    .sort();
}

/** Writes what has changed, removes what has no source; counts both. */
function build(): number {
  Deno.mkdirSync(TARGET, { recursive: true });
  const names = moduleNames();
  const wanted = new Set(names.map((name) => `${name}.js`));
  const stale = [...Deno.readDirSync(TARGET)]
    .filter(({ name }) => !wanted.has(name));
  for (const { name } of stale) Deno.removeSync(new URL(name, TARGET));
  const written = names.filter((name) => {
    const source = Deno.readTextFileSync(new URL(`${name}.ts`, SOURCE));
    return writeChanged(new URL(`${name}.js`, TARGET), toJavaScript(source));
  });
  return stale.length + written.length;
}

function writeChanged(file: URL, text: string): boolean {
  try {
    if (Deno.readTextFileSync(file) === text) return false;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  Deno.writeTextFileSync(file, text);
  return true;
}

if (import.meta.main) {
  const count = build();
  // deno-lint-ignore no-console
  if (count > 0) console.log(`web: ${count} scripts built`);
}
