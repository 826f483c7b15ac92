import { assert, assertEquals } from "@std/assert";
import { ntpTime, rtpTimestamp } from "../../../../src/engine/media/clock.ts";

/** 2026-01-01T00:00:00Z, seen at 1000 s of the monotonic clock. */
const CLOCK = {
  monotonicSeconds: () => 1000,
  wallMs: () => 1_767_225_600_000,
};
const NTP_SECONDS = 1_767_225_600 + 2_208_988_800;

Deno.test("ntpTime()", async (t) => {
  const cases = [
    { name: "now", at: 1000, seconds: NTP_SECONDS, share: 0 },
    {
      name: "a quarter earlier",
      at: 999.75,
      seconds: NTP_SECONDS - 1,
      share: 0.75,
    },
    { name: "half later", at: 1000.5, seconds: NTP_SECONDS, share: 0.5 },
  ];
  for (const { name, at, seconds, share } of cases) {
    await t.step(name, () => {
      const time = ntpTime(CLOCK, at);
      assertEquals(time.seconds, seconds);
      const error = Math.abs(time.fraction / 2 ** 32 - share);
      assert(error < 1e-6, `${time.fraction}`);
    });
  }
});

Deno.test("rtpTimestamp()", async (t) => {
  const cases = [
    { name: "the beginning", seconds: 0, expected: 0 },
    { name: "a second", seconds: 1, expected: 90_000 },
    { name: "rounded to a tick", seconds: 1 / 30, expected: 3000 },
    {
      name: "the last before it wraps",
      seconds: (2 ** 32 - 1) / 90_000,
      expected: 2 ** 32 - 1,
    },
    { name: "wrapped", seconds: 2 ** 32 / 90_000, expected: 0 },
    {
      name: "after a year",
      seconds: 31_536_000,
      expected: 31_536_000 * 90_000 % 2 ** 32,
    },
  ];
  for (const { name, seconds, expected } of cases) {
    await t.step(name, () => assertEquals(rtpTimestamp(seconds), expected));
  }
});
