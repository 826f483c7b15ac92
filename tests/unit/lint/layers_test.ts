import { assertEquals } from "@std/assert";
import plugin, { mayImport } from "../../lint/layers.ts";

Deno.test("mayImport() keeps one direction", async (t) => {
  const cases: readonly {
    name: string;
    from: string;
    to: string;
    expected: boolean;
  }[] = [
    {
      name: "down",
      from: "cli/serve.ts",
      to: "config/load.ts",
      expected: true,
    },
    { name: "up", from: "config/load.ts", to: "cli/serve.ts", expected: false },
    {
      name: "the entry from anywhere",
      from: "supervisor/run.ts",
      to: "main.ts",
      expected: false,
    },
    {
      name: "gateway and engine",
      from: "gateway/main.ts",
      to: "engine/main.ts",
      expected: false,
    },
    {
      name: "engine and gateway",
      from: "engine/main.ts",
      to: "gateway/main.ts",
      expected: false,
    },
    {
      name: "janus and config are equals",
      from: "janus/client.ts",
      to: "config/config.ts",
      expected: false,
    },
    { name: "to the bottom", from: "errors.ts", to: "log.ts", expected: true },
    {
      name: "from the bottom",
      from: "log.ts",
      to: "errors.ts",
      expected: false,
    },
    {
      name: "own folder",
      from: "config/parse.ts",
      to: "config/keys.ts",
      expected: true,
    },
    {
      name: "a folder's own files use its subfolders",
      from: "gateway/routes.ts",
      to: "gateway/auth/auth.ts",
      expected: true,
    },
    {
      name: "not the other way round",
      from: "gateway/auth/auth.ts",
      to: "gateway/routes.ts",
      expected: false,
    },
    {
      name: "sibling subfolders",
      from: "gateway/tunnel/tunnel.ts",
      to: "gateway/auth/auth.ts",
      expected: false,
    },
    {
      name: "a higher subfolder",
      from: "gateway/whep/whep.ts",
      to: "gateway/tunnel/tunnel.ts",
      expected: true,
    },
    {
      name: "media above memsink",
      from: "engine/media/camera_stream.ts",
      to: "engine/memsink/reader.ts",
      expected: true,
    },
    {
      name: "memsink below media",
      from: "engine/memsink/reader.ts",
      to: "engine/media/camera_stream.ts",
      expected: false,
    },
  ];
  for (const { name, from, to, expected } of cases) {
    await t.step(name, () => assertEquals(mayImport(from, to), expected));
  }
});

Deno.test("the layer lint reports imports and re-exports, not tests", () => {
  const lint = (file: string, source: string) =>
    Deno.lint.runPlugin(plugin, file, source).map(({ message }) => message);
  const upwards = "config/x.ts may not import cli/y.ts";
  for (const verb of ["import { y }", "export { y }", "export *"]) {
    const source = `${verb} from "../cli/y.ts";`;
    assertEquals(lint("/p/src/config/x.ts", source), [upwards]);
    assertEquals(lint("/p/tests/config/x.ts", source), []);
  }
  assertEquals(lint("/p/src/cli/y.ts", 'import "../config/x.ts";'), []);
  assertEquals(lint("/p/src/config/x.ts", 'import "zod";'), []);
});
