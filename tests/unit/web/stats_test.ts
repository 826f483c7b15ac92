import { assertEquals, assertStringIncludes } from "@std/assert";
import { readStats, statsText } from "../../../src/web/stats.ts";

/** As Chromium reports; only members that are read. */
function report(second: number): Map<string, unknown> {
  return new Map(Object.entries({
    T01: { type: "transport", selectedCandidatePairId: "CP1" },
    CP0: { type: "candidate-pair", currentRoundTripTime: 9 },
    CP1: {
      type: "candidate-pair",
      currentRoundTripTime: 0.0123,
      localCandidateId: "L",
      remoteCandidateId: "R",
    },
    L: { type: "local-candidate", candidateType: "prflx", protocol: "udp" },
    R: { type: "remote-candidate", candidateType: "host", protocol: "udp" },
    COD: {
      type: "codec",
      mimeType: "video/H264",
      sdpFmtpLine: "packetization-mode=1;profile-level-id=42e01f",
    },
    A: { type: "inbound-rtp", kind: "audio", packetsReceived: 7 },
    V: {
      type: "inbound-rtp",
      kind: "video",
      codecId: "COD",
      packetsReceived: 99 * second,
      packetsLost: second,
      framesDecoded: 30 * second,
      bytesReceived: 250_000 * second,
      frameWidth: 1920,
      frameHeight: 1080,
      jitterBufferDelay: 0.6 * second,
      jitterBufferEmittedCount: 30 * second,
    },
  }));
}

Deno.test("readStats() reads the video and the selected route", () => {
  const stats = readStats(report(1), 1000);
  assertEquals(stats, {
    nowMs: 1000,
    packets: 99,
    packetsLost: 1,
    frames: 30,
    bytes: 250_000,
    width: 1920,
    height: 1080,
    codec: "H264 Constrained Baseline 3.1",
    roundTripMs: 12.3,
    bufferMs: 20,
    route: "prflx to host, UDP",
  });
});

Deno.test("readStats() finds the pair that Firefox marks as selected", () => {
  const stats = readStats(
    new Map(Object.entries({
      a: { type: "candidate-pair", selected: false, currentRoundTripTime: 1 },
      b: { type: "candidate-pair", selected: true, currentRoundTripTime: 2 },
    })),
    0,
  );
  assertEquals(stats.roundTripMs, 2000);
});

Deno.test("readStats() takes an empty report", () => {
  const stats = readStats(new Map(), 5);
  assertEquals([stats.packets, stats.frames, stats.codec], [0, 0, undefined]);
});

Deno.test("readStats() names profiles", async (t) => {
  const cases = [
    ["42001f", "H264 Baseline 3.1"],
    ["42c028", "H264 Constrained Baseline 4"],
    ["4d0028", "H264 Main 4"],
    ["640032", "H264 High 5"],
    ["640c29", "H264 Constrained High 4.1"],
    ["f4001f", "H264 f4001f 3.1"],
  ] as const;
  for (const [id, expected] of cases) {
    await t.step(id, () => {
      const rows = report(1);
      rows.set("COD", {
        type: "codec",
        mimeType: "video/H264",
        sdpFmtpLine: `profile-level-id=${id}`,
      });
      assertEquals(readStats(rows, 0).codec, expected);
    });
  }
});

Deno.test("statsText() makes rates of two readings", () => {
  const text = statsText(
    readStats(report(3), 3000),
    readStats(report(2), 2000),
    187.6,
  );
  for (
    const line of [
      "Size           1920×1080",
      "Pictures       30 per second",
      "Bit rate       2.00 Mbit/s",
      "Loss           1.00 %",
      "Round trip     12 ms",
      "First picture  188 ms",
    ]
  ) {
    assertStringIncludes(text, line);
  }
});

Deno.test("statsText() has a dash for what is not known", () => {
  const text = statsText(readStats(new Map(), 0), undefined, undefined);
  assertEquals(text.split("\n").every((line) => line.endsWith(" –")), true);
});
