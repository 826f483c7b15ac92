import { assertEquals } from "@std/assert";
import { isOld, versionIn } from "../../../src/janus/version.ts";

Deno.test("isOld() compares versions, not texts", () => {
  const old = ["1.1.2", "1.4.0", "0.15.0", "1.4", "1.4.0-pre"];
  const safe = ["1.4.1", "1.4.10", "1.10.0", "2.0.0", "1.4.1-pre"];
  assertEquals(old.filter((version) => !isOld(version)), []);
  assertEquals(safe.filter((version) => isOld(version)), []);
});

Deno.test("versionIn() reads what Janus says, and nothing odd", () => {
  const info = (version: unknown, janus = "server_info") =>
    versionIn({ janus, "version_string": version });
  assertEquals(info("1.1.2"), "1.1.2");
  assertEquals(info("1.4.0-pre"), "1.4.0-pre");
  for (const odd of [undefined, 1102, "", "1\n2", "9".repeat(33)]) {
    assertEquals(info(odd), undefined);
  }
  assertEquals(info("1.1.2", "success"), undefined);
});
