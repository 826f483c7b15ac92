import { assertEquals } from "@std/assert";
import { TokenBucket } from "../../../../src/gateway/tunnel/token_bucket.ts";

/** How many of many tries in one instant succeed. */
function takeAll(bucket: TokenBucket, nowMs: number): number {
  let taken = 0;
  while (taken < 1000 && bucket.take(nowMs)) taken++;
  return taken;
}

Deno.test("TokenBucket lets a burst pass, then the rate", () => {
  const bucket = new TokenBucket({ burst: 200, perSecond: 20, nowMs: 0 });
  assertEquals(takeAll(bucket, 0), 200);
  assertEquals(takeAll(bucket, 1000), 20);
  assertEquals(takeAll(bucket, 1049), 0);
  assertEquals(takeAll(bucket, 1050), 1);
});

Deno.test("TokenBucket gives many at once, or none of them", () => {
  const bucket = new TokenBucket({ burst: 5, perSecond: 20, nowMs: 0 });
  assertEquals(bucket.take(0, 6), false);
  assertEquals(bucket.take(0, 4), true);
  assertEquals(bucket.take(0, 2), false);
  assertEquals(takeAll(bucket, 0), 1);
});

Deno.test("TokenBucket never holds more than a burst", () => {
  const bucket = new TokenBucket({ burst: 5, perSecond: 20, nowMs: 0 });
  assertEquals(takeAll(bucket, 1e9), 5);
});

Deno.test("TokenBucket survives a clock that goes back", () => {
  const bucket = new TokenBucket({ burst: 2, perSecond: 1, nowMs: 1000 });
  assertEquals(takeAll(bucket, 0), 2);
  assertEquals(takeAll(bucket, 500), 0);
});
