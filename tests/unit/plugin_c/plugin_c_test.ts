import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { makePlugin, PLUGIN_PATH } from "../../support/janus_plugin.ts";

// make runs them one by one, and each prints its own cases.
for (
  const { target, what } of [
    { target: "test-asan", what: "its units under ASan and UBSan" },
    { target: "test-tsan", what: "viewers and threads under TSan" },
    { target: "test-armhf", what: "the sink reader on 32-bit ARM" },
  ]
) {
  Deno.test(`plugin-c passes ${what}`, async () => {
    assertMatch(await makePlugin(target), /^ok /m);
  });
}

Deno.test("plugin-c gives clang no warning either", async () => {
  await makePlugin("clang");
});

Deno.test("plugin-c exports nothing but create", async () => {
  await makePlugin("all");
  const { stdout } = await new Deno.Command("nm", {
    args: ["--dynamic", "--defined-only", "--format=just-symbols", PLUGIN_PATH],
  }).output();
  assertEquals(new TextDecoder().decode(stdout).trim(), "create");
});

Deno.test("make names all missing packages in one line", async () => {
  const message = await assertRejects(
    () => makePlugin("all", "JANUS_INCLUDE=/nowhere", "CC=no-such-compiler"),
    Error,
  );
  assertMatch(message.message, /Install these packages first: gcc janus-dev/);
});

Deno.test("make install puts the plugin below DESTDIR", async () => {
  const folder = await Deno.makeTempDir({ prefix: "nalgate-install-" });
  try {
    await makePlugin(
      "install",
      `DESTDIR=${folder}`,
      "PLUGINS_DIR=/lib/janus/plugins",
    );
    const path = `${folder}/lib/janus/plugins/libjanus_nalgate.so`;
    assertEquals((await Deno.stat(path)).isFile, true);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("plugin-c's fuzzers find nothing in a minute each", async () => {
  const text = await makePlugin("-j3", "-O", "fuzz", "FUZZ_SECONDS=60");
  assertEquals(text.match(/^Done \d+ runs/gm)?.length, 3);
});
