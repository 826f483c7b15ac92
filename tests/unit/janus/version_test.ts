import { assertEquals } from "@std/assert";
import { isOld } from "../../../src/janus/version.ts";

Deno.test("isOld() compares versions, not texts", () => {
  const old = ["1.1.2", "1.4.0", "1.4.0-pre", "0.15.0", "1.4"];
  const safe = ["1.4.1", "1.4.1-pre", "1.4.10", "1.10.0", "2.0.0", "main"];
  assertEquals(old.filter((version) => !isOld(version)), []);
  assertEquals(safe.filter((version) => isOld(version)), []);
});
