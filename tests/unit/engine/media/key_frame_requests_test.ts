import { assertEquals } from "@std/assert";
import { KeyFrameRequests } from "../../../../src/engine/media/key_frame_requests.ts";

type Step = readonly [at: number, act: "want" | "tick" | "satisfied"];

Deno.test("KeyFrameRequests", async (t) => {
  const cases: readonly {
    readonly name: string;
    readonly steps: readonly Step[];
    readonly expected: readonly number[];
  }[] = [
    {
      name: "the first is passed on at once",
      steps: [[0, "want"]],
      expected: [0],
    },
    {
      name: "nobody wants one",
      steps: [[0, "tick"], [900, "tick"]],
      expected: [],
    },
    {
      name: "many share the next",
      steps: [
        [0, "want"],
        [1, "want"],
        [100, "want"],
        [499, "tick"],
        [500, "tick"],
        [501, "tick"],
      ],
      expected: [0, 500],
    },
    {
      name: "a key frame came meanwhile",
      steps: [[0, "want"], [100, "want"], [200, "satisfied"], [600, "tick"]],
      expected: [0],
    },
    {
      name: "one is wanted after the key frame",
      steps: [[0, "want"], [200, "satisfied"], [300, "want"], [500, "tick"]],
      expected: [0, 500],
    },
    {
      name: "much later, at once",
      steps: [[0, "want"], [5000, "want"]],
      expected: [0, 5000],
    },
  ];
  for (const { name, steps, expected } of cases) {
    await t.step(name, () => {
      const requested: number[] = [];
      let now = 0;
      const requests = new KeyFrameRequests(() => requested.push(now));
      for (const [at, act] of steps) {
        now = at;
        if (act === "satisfied") requests.satisfied();
        else requests[act](now);
      }
      assertEquals(requested, expected);
    });
  }
});
