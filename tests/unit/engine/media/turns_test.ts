import { assert, assertEquals } from "@std/assert";
import { Turns } from "../../../../src/engine/media/turns.ts";
import { DOZES_MAX } from "../../../../src/limits.ts";

/** Lets timers and immediates run until a condition holds. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}

Deno.test("Turns.take() is taken again after the wait it asks for", async () => {
  let count = 0;
  using turns = new Turns(() => (count++, 1));
  turns.take();
  assertEquals(count, 1);
  await until(() => count >= 3);
});

Deno.test("Turns.take() leaves room when every turn is due at once", async () => {
  let count = 0;
  using turns = new Turns(() => (count++, 0));
  turns.take();
  assertEquals(count, DOZES_MAX + 1);
  await until(() => count > 2 * DOZES_MAX);
});

Deno.test("Turns end with their disposal", async (t) => {
  for (const waitMs of [0, 1]) {
    await t.step(`a wait of ${waitMs} ms`, async () => {
      let count = 0;
      const turns = new Turns(() => (count++, waitMs));
      turns.take();
      turns[Symbol.dispose]();
      const taken = count;
      turns.take();
      await new Promise((resolve) => setTimeout(resolve, 20));
      assertEquals(count, taken);
    });
  }
  await t.step("within a turn", async () => {
    let count = 0;
    const turns: Turns = new Turns(() => {
      count++;
      turns[Symbol.dispose]();
      return 1;
    });
    turns.take();
    await new Promise((resolve) => setTimeout(resolve, 20));
    assertEquals(count, 1);
  });
});

Deno.test("Turns.take() out of turn replaces the one that waits", async () => {
  let count = 0;
  using turns = new Turns(() => (count++, 60_000));
  turns.take();
  turns.take();
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert(count === 2);
});
