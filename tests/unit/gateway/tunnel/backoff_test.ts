import { assert, assertEquals } from "@std/assert";
import {
  UPSTREAM_REDIAL_MAX_MS,
  UPSTREAM_REDIAL_MIN_MS,
} from "../../../../src/limits.ts";
import { redialDelayMs } from "../../../../src/gateway/tunnel/backoff.ts";

Deno.test("redialDelayMs() doubles its bound up to the longest pause", () => {
  const bounds = [0, 1, 2, 3, 4, 5, 1e6].map((n) => redialDelayMs(n, () => 1));
  const min = UPSTREAM_REDIAL_MIN_MS;
  const max = UPSTREAM_REDIAL_MAX_MS;
  assertEquals(bounds, [min, 2 * min, 4 * min, 8 * min, max, max, max]);
});

Deno.test("redialDelayMs() takes its jitter from the whole range", () => {
  assertEquals(redialDelayMs(3, () => 0), 0);
  const delays = Array.from({ length: 1000 }, () => redialDelayMs(10));
  assert(Math.min(...delays) < UPSTREAM_REDIAL_MAX_MS * 0.1);
  assert(Math.max(...delays) > UPSTREAM_REDIAL_MAX_MS * 0.9);
});
