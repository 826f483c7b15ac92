import { assertEquals } from "@std/assert";
import { Backoff, type Life } from "../../../src/supervisor/backoff.ts";

const crash: Life = { code: 1, wasReady: true, lastedMs: 100 };
const refusal: Life = { code: 78, wasReady: false, lastedMs: 100 };
const healthy: Life = { code: 1, wasReady: true, lastedMs: 10_000 };

Deno.test("Backoff says when to start again", async (t) => {
  const cases: readonly {
    name: string;
    lives: readonly Life[];
    expected: readonly (number | "give up")[];
  }[] = [
    {
      name: "waits double up to five seconds",
      lives: Array(8).fill(crash),
      expected: [200, 400, 800, 1600, 3200, 5000, 5000, 5000],
    },
    {
      name: "a healthy life starts over",
      lives: [crash, crash, healthy, crash],
      expected: [200, 400, 200, 400],
    },
    {
      name: "five refusals in a row are enough",
      lives: Array(5).fill(refusal),
      expected: [200, 400, 800, 1600, "give up"],
    },
    {
      name: "a crash between refusals starts their count over",
      lives: [...Array(4).fill(refusal), crash, refusal],
      expected: [200, 400, 800, 1600, 3200, 5000],
    },
    {
      name: "a long start that never got ready is no health",
      lives: [crash, { code: 1, wasReady: false, lastedMs: 30_000 }],
      expected: [200, 400],
    },
    {
      name: "a code of refusal after being ready is a crash",
      lives: Array(6).fill({ ...refusal, wasReady: true }),
      expected: [200, 400, 800, 1600, 3200, 5000],
    },
  ];
  for (const { name, lives, expected } of cases) {
    await t.step(name, () => {
      const backoff = new Backoff();
      assertEquals(lives.map((life) => backoff.next(life)), expected);
    });
  }
});
