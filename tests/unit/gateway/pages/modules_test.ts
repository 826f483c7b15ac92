import { assertEquals } from "@std/assert";
import { MODULES } from "../../../../src/gateway/pages/modules.ts";

const WEB = new URL("../../../../src/web/", import.meta.url);

/** A script and all that it imports at run time, types left out. */
function reach(script: string, found = new Set<string>()): Set<string> {
  if (found.has(script)) return found;
  found.add(script);
  const source = Deno.readTextFileSync(
    new URL(script.replace(/js$/, "ts"), WEB),
  );
  const imports = source.matchAll(
    /^import (?!type )(?:[^;]*? from )?"\.\/([^"]+)\.ts";/gms,
  );
  for (const [, name] of imports) reach(`${name}.js`, found);
  return found;
}

for (const [page, modules] of Object.entries(MODULES)) {
  Deno.test(`MODULES names all that the ${page} page loads`, () => {
    const expected = [...reach(modules[0])].sort();
    assertEquals([...modules].sort(), expected);
  });
}
