import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { explainConfig } from "../../../src/config/explain.ts";
import { loadConfig, readConfig } from "../../../src/config/load.ts";
import { ConfigError } from "../../../src/config/problem.ts";

const NO_ENV = () => undefined;

async function inFolder(
  files: Readonly<Record<string, string>>,
  test: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(join(folder, name), text);
    }
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("loadConfig() takes --config before $NALGATE_CONFIG", async () => {
  const files = { "a.yaml": "listen: :1", "b.yaml": "listen: :2" };
  await inFolder(files, async (folder) => {
    const env = (name: string) =>
      name === "NALGATE_CONFIG" ? join(folder, "b.yaml") : undefined;
    const named = await loadConfig({ file: join(folder, "a.yaml"), env });
    assertEquals(named.config.listen.port, 1);
    assertEquals(named.file, join(folder, "a.yaml"));
    const byEnv = await loadConfig({ file: undefined, env });
    assertEquals(byEnv.config.listen.port, 2);
  });
});

Deno.test("loadConfig() resolves paths from the file's folder", async () => {
  await inFolder({ "a.yaml": "state: state" }, async (folder) => {
    const file = join(folder, "a.yaml");
    const { config } = await loadConfig({ file, env: NO_ENV });
    assertEquals(config.stateDir, join(folder, "state"));
  });
});

Deno.test("loadConfig() says what is wrong with the file itself", async (t) => {
  await t.step("absent", async () => {
    const file = "/no/such.yaml";
    const load = () => loadConfig({ file, env: NO_ENV });
    const error = await assertRejects(load, ConfigError);
    assertEquals(error.message, "/no/such.yaml: no such file");
  });
  await t.step("a folder", async () => {
    await inFolder({}, async (file) => {
      const load = () => loadConfig({ file, env: NO_ENV });
      const error = await assertRejects(load, ConfigError);
      assert(error.message.startsWith(`${file}: cannot be read: `));
    });
  });
  await t.step("too large", async () => {
    const text = "#".repeat(1024 * 1024 + 1);
    await inFolder({ "a.yaml": text }, async (folder) => {
      const file = join(folder, "a.yaml");
      const load = () => loadConfig({ file, env: NO_ENV });
      const error = await assertRejects(load, ConfigError);
      assert(error.message.includes("larger than"));
    });
  });
});

Deno.test("explainConfig() says where each value comes from", async () => {
  const text = "cameras:\n  front: {sink: a}\ntrusted_proxies: [10.0.0.1]";
  await inFolder({ "a.yaml": text }, async (folder) => {
    const file = join(folder, "a.yaml");
    const env = (name: string) =>
      name === "NALGATE_LOG__LEVEL" ? "warn" : undefined;
    const rows = explainConfig(await readConfig({ file, env }));
    const by = (key: string) => rows.find((row) => row.key === key);
    const expected = [
      { key: "listen", value: "127.0.0.1:8080", from: "default" },
      { key: "log.level", value: '"warn"', from: "NALGATE_LOG__LEVEL" },
      { key: "cameras.front.sink", value: '"a"', from: `${file}:2:17` },
      {
        key: "trusted_proxies",
        value: '["10.0.0.1"]',
        from: `${file}:3:18`,
      },
    ];
    for (const row of expected) assertEquals(by(row.key), row);
    assertEquals(by("upstreams.lab.janus.url"), undefined);
  });
});
