import { assertEquals } from "@std/assert";
import { START_GAP_MS } from "../../../src/web/bounds.ts";
import { StartSlots } from "../../../src/web/start_slots.ts";

Deno.test("StartSlots starts the first at once, the others a gap apart", () => {
  const slots = new StartSlots();
  const waits = [slots.takeMs(1000), slots.takeMs(1000), slots.takeMs(1010)];
  assertEquals(waits, [0, START_GAP_MS, 2 * START_GAP_MS - 10]);
});

Deno.test("StartSlots keeps nobody waiting once all have started", () => {
  const slots = new StartSlots();
  slots.takeMs(0);
  slots.takeMs(0);
  assertEquals(slots.takeMs(10_000), 0);
});
