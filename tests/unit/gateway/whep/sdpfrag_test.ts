import { assertEquals } from "@std/assert";
import {
  offeredIce,
  parseSdpFragment,
} from "../../../../src/gateway/whep/sdpfrag.ts";
import { CANDIDATE_LENGTH_MAX, SDP_LINES_MAX } from "../../../../src/limits.ts";
import { OFFER } from "../../../support/whep_scene.ts";

const OFFERED = offeredIce(OFFER);
const UFRAG = "a=ice-ufrag:H0Zg";
const PASSWORD = "a=ice-pwd:m61UieFDokp1SJQPgFey3PNb";
const VIDEO = "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0";
const AUDIO = "m=audio 9 RTP/AVP 0\r\na=mid:1";
const LINE = "candidate:1 1 udp 2130706431 192.0.2.1 61764 typ host";

function lines(...all: readonly string[]): string {
  return all.map((line) => `${line}\r\n`).join("");
}

Deno.test("offeredIce() reads an offer's credentials and sections", () => {
  assertEquals(OFFERED, {
    ufrags: new Set(["H0Zg"]),
    passwords: new Set(["m61UieFDokp1SJQPgFey3PNb"]),
    mids: new Set(["0", "1"]),
  });
});

Deno.test("parseSdpFragment() takes", async (t) => {
  const one = { candidate: LINE, sdpMid: "0" };
  const cases: readonly [string, string, readonly unknown[]][] = [
    ["nothing", "", []],
    [
      "a candidate",
      lines(UFRAG, PASSWORD, VIDEO, `a=${LINE}`),
      [one],
    ],
    ["one without credentials", lines(VIDEO, `a=${LINE}`), [one]],
    ["LF alone, no last one", `${VIDEO}\na=${LINE}`, [one]],
    [
      "RFC 8840's own way",
      lines(
        "a=group:BUNDLE 0 1",
        "a=ice-options:trickle ice2",
        "m=audio 9 RTP/AVP 0",
        "a=mid:1",
        UFRAG,
        PASSWORD,
        `a=${LINE}`,
        "a=end-of-candidates",
      ),
      [{ candidate: LINE, sdpMid: "1" }, { completed: true }],
    ],
    [
      "two sections",
      lines(VIDEO, `a=${LINE}`, AUDIO, `a=${LINE}`),
      [one, { candidate: LINE, sdpMid: "1" }],
    ],
    [
      "the end alone",
      lines("a=end-of-candidates"),
      [{ completed: true }],
    ],
    [
      "unknown attributes, which mean nothing",
      lines("a=x-new", VIDEO, "a=rtcp-mux", `a=${LINE}`),
      [one],
    ],
    [
      "a section that was never offered, without its candidates",
      lines("m=video 9 RTP/AVP 0", "a=mid:7", `a=${LINE}`, VIDEO, `a=${LINE}`),
      [one],
    ],
  ];
  for (const [name, text, candidates] of cases) {
    await t.step(name, () => {
      assertEquals(parseSdpFragment(text, OFFERED), {
        kind: "candidates",
        candidates: [...candidates],
      } as ReturnType<typeof parseSdpFragment>);
    });
  }
});

Deno.test("parseSdpFragment() refuses", async (t) => {
  const long = "x".repeat(CANDIDATE_LENGTH_MAX);
  const cases: readonly [string, string, "restart" | "malformed"][] = [
    ["another ufrag", lines("a=ice-ufrag:ysXw", PASSWORD), "restart"],
    ["another password", lines(UFRAG, `${PASSWORD}x`), "restart"],
    [
      "another ufrag in a section",
      lines(VIDEO, "a=ice-ufrag:ysXw", `a=${LINE}`),
      "restart",
    ],
    ["a whole SDP", OFFER, "malformed"],
    ["JSON", '{"candidate":""}', "malformed"],
    ["a candidate outside of all sections", lines(`a=${LINE}`), "malformed"],
    [
      "a candidate in a section without a mid",
      lines(VIDEO, "m=audio 9 RTP/AVP 0", `a=${LINE}`),
      "malformed",
    ],
    ["a long candidate", lines(VIDEO, `a=candidate:${long}`), "malformed"],
    ["an empty line", lines(UFRAG, "", PASSWORD), "malformed"],
    ["a control character", lines(VIDEO, `a=${LINE}\u0007`), "malformed"],
    ["a bare CR", lines(VIDEO, `a=${LINE}\ra=mid:1`), "malformed"],
    ["text beyond ASCII", lines("a=mid:é"), "malformed"],
    ["too many lines", lines("a=x").repeat(SDP_LINES_MAX + 1), "malformed"],
  ];
  for (const [name, text, kind] of cases) {
    await t.step(name, () => {
      assertEquals(parseSdpFragment(text, OFFERED).kind, kind);
    });
  }
});
