import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  Gathering,
  withCandidates,
} from "../../../../src/gateway/whep/gathering.ts";
import { CANDIDATES_MAX } from "../../../../src/limits.ts";
import { ANSWER, CANDIDATE } from "../../../support/whep_scene.ts";

function trickle(candidate: unknown) {
  return { janus: "trickle", candidate };
}

const ONE = trickle({ candidate: CANDIDATE, sdpMid: "0" });
const ALL = trickle({ completed: true });
const END = `a=${CANDIDATE}\r\na=end-of-candidates\r\n`;

Deno.test("Gathering.complete() waits for the last candidate", async () => {
  const gathering = new Gathering();
  gathering.take(ONE);
  const answer = gathering.complete(ANSWER);
  gathering.take(ALL);
  assertStringIncludes(await answer, END);
});

Deno.test("Gathering.complete() makes do with what there is", async () => {
  const gathering = new Gathering();
  gathering.take(ONE);
  assertStringIncludes(await gathering.complete(ANSWER), END);
});

Deno.test("Gathering.complete() leaves a complete SDP as it is", async () => {
  const complete = withCandidates(ANSWER, [CANDIDATE]);
  assertEquals(await new Gathering().complete(complete), complete);
});

Deno.test("Gathering.complete() goes on when there is an end", async () => {
  const gathering = new Gathering();
  gathering.end();
  assertEquals(
    await gathering.complete(ANSWER),
    withCandidates(ANSWER, []),
  );
});

Deno.test("Gathering.take() takes candidates only", async () => {
  const gathering = new Gathering();
  for (
    const candidate of [
      undefined,
      null,
      "candidate:1",
      { candidate: "" },
      { candidate: 1 },
      { candidate: "a=mid:1" },
      { candidate: `${CANDIDATE}\r\na=mid:1` },
      { candidate: `candidate:${"1".repeat(1000)}` },
    ]
  ) gathering.take(trickle(candidate));
  gathering.take({ janus: "trickle", candidates: "candidate:1" });
  gathering.take({
    janus: "trickle",
    candidates: [{ candidate: `a=${CANDIDATE}` }, { completed: true }],
  });
  assertEquals(
    await gathering.complete(ANSWER),
    withCandidates(ANSWER, [CANDIDATE]),
  );
});

Deno.test("Gathering.take() keeps a bounded number", async () => {
  const gathering = new Gathering();
  for (let count = 0; count < 2 * CANDIDATES_MAX; count++) gathering.take(ONE);
  gathering.take(ALL);
  const sdp = await gathering.complete(ANSWER);
  assertEquals(sdp.match(/^a=candidate:/gm)?.length, CANDIDATES_MAX);
});

Deno.test("withCandidates() chooses the section whose transport counts", async (t) => {
  const refused = "m=audio 0 UDP/TLS/RTP/SAVPF 111\r\na=mid:1\r\n";
  const bundled = `${refused}a=bundle-only\r\n`;
  const video = "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\n";
  const cases: readonly [string, string, string][] = [
    ["the only one", `v=0\r\n${video}`, `v=0\r\n${video}${END}`],
    ["the first", `${video}${video}`, `${video}${END}${video}`],
    [
      "none that is refused",
      `v=0\r\n${refused}${video}`,
      `v=0\r\n${refused}${video}${END}`,
    ],
    [
      "one that is only bundled",
      `v=0\r\n${bundled}${video}`,
      `v=0\r\n${bundled}${END}${video}`,
    ],
    [
      "with one end",
      `v=0\r\n${video}a=end-of-candidates\r\na=x\r\n`,
      `v=0\r\n${video}a=x\r\n${END}`,
    ],
    ["without a last line end", `${video}a=x`, `${video}a=x\r\n${END}`],
  ];
  for (const [name, sdp, expected] of cases) {
    await t.step(name, () => {
      const before = sdp.startsWith("v=0") ? "" : "v=0\r\n";
      const after = expected.startsWith("v=0") ? "" : "v=0\r\n";
      assertEquals(
        withCandidates(before + sdp, [CANDIDATE]),
        after + expected,
      );
    });
  }
});
