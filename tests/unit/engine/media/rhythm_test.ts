import { assertEquals } from "@std/assert";
import { Rhythm } from "../../../../src/engine/media/rhythm.ts";
import {
  FRAME_EARLY_MS_MAX,
  FRAME_INTERVAL_MS_MAX,
  FRAME_LATE_MS_MAX,
} from "../../../../src/limits.ts";

const INTERVAL_MS = 40;

/** Frames at these times. */
function rhythm(...timesMs: number[]): Rhythm {
  const rhythm = new Rhythm();
  for (const timeMs of timesMs) rhythm.found(timeMs);
  return rhythm;
}

Deno.test("Rhythm waits for the next frame", async (t) => {
  const steady = [0, INTERVAL_MS, 2 * INTERVAL_MS];
  const dueMs = 3 * INTERVAL_MS;
  const pauseMs = 3 * INTERVAL_MS + FRAME_INTERVAL_MS_MAX;
  const cases = [
    { name: "nothing known", times: [], nowMs: 5, expected: undefined },
    { name: "one frame", times: [0], nowMs: 5, expected: undefined },
    {
      name: "just after a frame",
      times: steady,
      nowMs: 2 * INTERVAL_MS,
      expected: INTERVAL_MS - FRAME_EARLY_MS_MAX,
    },
    {
      name: "early",
      times: steady,
      nowMs: dueMs - FRAME_EARLY_MS_MAX,
      expected: 0,
    },
    {
      name: "late",
      times: steady,
      nowMs: dueMs + FRAME_LATE_MS_MAX,
      expected: 0,
    },
    {
      name: "too late",
      times: steady,
      nowMs: dueMs + FRAME_LATE_MS_MAX + 1,
      expected: undefined,
    },
    {
      name: "after a pause",
      times: [...steady, pauseMs],
      nowMs: pauseMs + 1,
      expected: undefined,
    },
  ];
  for (const { name, times, nowMs, expected } of cases) {
    await t.step(name, () => {
      assertEquals(rhythm(...times).waitMs(nowMs), expected);
    });
  }
});

Deno.test("Rhythm follows another frame rate", () => {
  const learning = rhythm(0, 40);
  let nowMs = 40;
  for (let count = 0; count < 60; count++) learning.found(nowMs += 20);
  const waitMs = learning.waitMs(nowMs) ?? NaN;
  assertEquals(Math.round(waitMs), 20 - FRAME_EARLY_MS_MAX);
});
