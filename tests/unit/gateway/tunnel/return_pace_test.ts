import { assertEquals } from "@std/assert";
import { ReturnPace } from "../../../../src/gateway/tunnel/return_pace.ts";
import { RETURN_GAP_MS, RETURN_SPREAD_MS } from "../../../../src/limits.ts";

Deno.test("ReturnPace lets a few in, one gap after another", () => {
  const pace = new ReturnPace({ count: 3, nowMs: 1000 });
  assertEquals(pace.takeMs(1000), 0);
  assertEquals(pace.takeMs(1000), RETURN_GAP_MS);
  assertEquals(pace.takeMs(1000 + RETURN_GAP_MS), RETURN_GAP_MS);
  assertEquals(pace.takeMs(1000 + 4 * RETURN_GAP_MS), 0, "the place is free");
});

Deno.test("ReturnPace lets thousands in within the same time", () => {
  const count = 5000;
  const pace = new ReturnPace({ count, nowMs: 0 });
  const waits = Array.from({ length: count }, () => pace.takeMs(0));
  assertEquals(new Set(waits).size, count);
  assertEquals(Math.max(...waits) < RETURN_SPREAD_MS, true);
});

Deno.test("ReturnPace keeps nobody waiting beyond its time", () => {
  const pace = new ReturnPace({ count: 1, nowMs: 0 });
  const waits = Array.from({ length: 1000 }, () => pace.takeMs(0));
  assertEquals(Math.max(...waits), RETURN_SPREAD_MS);
  assertEquals(pace.takeMs(RETURN_SPREAD_MS), 0);
  assertEquals(pace.takeMs(RETURN_SPREAD_MS), 0);
});
