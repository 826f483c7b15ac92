import { assertEquals } from "@std/assert";
import { type Verdict, Watchdog } from "../../../src/web/watchdog.ts";

/** One reading a second: packets and frames so far. */
type Reading = readonly [packets: number, frames: number];

const CASES: readonly {
  readonly name: string;
  readonly readings: readonly Reading[];
  readonly expected: readonly Verdict[];
}[] = [
  {
    name: "a stream that flows",
    readings: [[10, 1], [20, 2], [30, 3]],
    expected: ["flowing", "flowing", "flowing"],
  },
  {
    name: "silence: stalled after 3 s, anew after 5 s",
    readings: [[10, 1], [10, 1], [10, 1], [10, 1], [10, 1], [10, 1]],
    expected: [
      "flowing",
      "flowing",
      "flowing",
      "stalled",
      "stalled",
      "reconnect",
    ],
  },
  {
    name: "silence that ends in time",
    readings: [[10, 1], [10, 1], [10, 1], [10, 1], [20, 2]],
    expected: ["flowing", "flowing", "flowing", "stalled", "flowing"],
  },
  {
    name: "packets without pictures: one request, then anew",
    readings: [[1, 1], [2, 1], [3, 1], [4, 1], [5, 1], [6, 1], [7, 1]],
    expected: [
      "flowing",
      "flowing",
      "flowing",
      "ask_key_frame",
      "stalled",
      "stalled",
      "reconnect",
    ],
  },
  {
    name: "a key frame that helps may be asked for again",
    readings: [
      [1, 1],
      [2, 1],
      [3, 1],
      [4, 1],
      [5, 2],
      [6, 2],
      [7, 2],
      [8, 2],
    ],
    expected: [
      "flowing",
      "flowing",
      "flowing",
      "ask_key_frame",
      "flowing",
      "flowing",
      "flowing",
      "ask_key_frame",
    ],
  },
];

Deno.test("Watchdog.judge()", async (t) => {
  for (const { name, readings, expected } of CASES) {
    await t.step(name, () => {
      const watchdog = new Watchdog();
      const verdicts = readings.map(([packets, frames], second) =>
        watchdog.judge({ nowMs: 5_000 + second * 1000, packets, frames })
      );
      assertEquals(verdicts, expected);
    });
  }
});

Deno.test("Watchdog.judge() does not blame the camera for our own sleep", () => {
  const watchdog = new Watchdog();
  watchdog.judge({ nowMs: 0, packets: 10, frames: 1 });
  const verdict = watchdog.judge({ nowMs: 3_600_000, packets: 10, frames: 1 });
  assertEquals(verdict, "flowing");
});
