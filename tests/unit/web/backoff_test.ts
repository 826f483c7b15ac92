import { assert, assertEquals } from "@std/assert";
import { Backoff } from "../../../src/web/backoff.ts";
import { RETRY_FIRST_MS, RETRY_MAX_MS } from "../../../src/web/bounds.ts";

Deno.test("Backoff doubles its bound up to the longest wait", () => {
  const backoff = new Backoff(() => 1);
  const waits = Array.from({ length: 8 }, () => backoff.nextMs());
  assertEquals(waits, [500, 1000, 2000, 4000, 8000, 15000, 15000, 15000]);
  assertEquals(waits.at(-1), RETRY_MAX_MS);
});

Deno.test("Backoff takes any share of its bound", () => {
  const backoff = new Backoff(() => 0.25);
  assertEquals([backoff.nextMs(), backoff.nextMs()], [125, 250]);
  for (let count = 0; count < 100; count++) {
    const waitMs = new Backoff().nextMs();
    assert(waitMs >= 0 && waitMs < RETRY_FIRST_MS);
  }
});

Deno.test("Backoff.reset() begins anew", () => {
  const backoff = new Backoff(() => 1);
  backoff.nextMs();
  backoff.nextMs();
  backoff.reset();
  assertEquals(backoff.nextMs(), RETRY_FIRST_MS);
});
