import { assertEquals, assertThrows } from "@std/assert";
import {
  remoteVideo,
  sameProfile,
} from "../../../../src/engine/media/remote_video.ts";
import {
  formatSdp,
  onlySection,
  parseSdp,
  SdpError,
} from "../../../../src/engine/media/sdp.ts";

const sdp = (...lines: string[]) =>
  parseSdp(["v=0", "a=group:BUNDLE 0 1", ...lines].join("\r\n"));

const CHROMIUM = [
  "m=audio 9 UDP/TLS/RTP/SAVPF 111",
  "a=mid:0",
  "m=video 9 UDP/TLS/RTP/SAVPF 96 103 109 117",
  "a=mid:1",
  "a=recvonly",
  "a=extmap:14 urn:ietf:params:rtp-hdrext:toffset",
  "a=extmap:4 http://www.webrtc.org/experiments/rtp-hdrext/playout-delay",
  "a=extmap:13 urn:3gpp:video-orientation",
  "a=rtpmap:96 VP8/90000",
  "a=rtpmap:103 H264/90000",
  "a=fmtp:103 packetization-mode=1;profile-level-id=42001f",
  "a=rtpmap:109 H264/90000",
  "a=fmtp:109 level-asymmetry-allowed=1;packetization-mode=1;" +
  "profile-level-id=42e01f",
  "a=rtpmap:117 H264/90000",
  "a=fmtp:117 packetization-mode=1;profile-level-id=64001F",
];

Deno.test("remoteVideo() takes the profile that fits best", async (t) => {
  const cases = [
    { name: "constrained baseline", stream: "42c01e", payloadType: 109 },
    { name: "baseline", stream: "42001e", payloadType: 103 },
    { name: "high", stream: "640028", payloadType: 117 },
    // A High decoder reads Main.
    { name: "main, which is not there", stream: "4d0028", payloadType: 117 },
  ];
  for (const { name, stream, payloadType } of cases) {
    await t.step(name, () => {
      const video = remoteVideo(sdp(...CHROMIUM), stream);
      assertEquals([video.index, video.mid], [1, "1"]);
      assertEquals(video.payloadType, payloadType);
      assertEquals(video.extensionIds, {
        playoutDelay: 4,
        videoOrientation: 13,
      });
    });
  }
});

Deno.test("remoteVideo() takes no extension that it must not send", async (t) => {
  const uri = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay";
  const cases = [
    { name: "as it is", extmap: `5 ${uri}`, expected: { playoutDelay: 5 } },
    {
      name: "received by them",
      extmap: `5/recvonly ${uri}`,
      expected: { playoutDelay: 5 },
    },
    { name: "sent by them", extmap: `5/sendonly ${uri}`, expected: {} },
    { name: "inactive", extmap: `5/inactive ${uri}`, expected: {} },
    { name: "two-byte id", extmap: `15 ${uri}`, expected: {} },
    { name: "no id", extmap: uri, expected: {} },
  ];
  for (const { name, extmap, expected } of cases) {
    await t.step(name, () => {
      const { extensionIds } = remoteVideo(
        sdp(
          "m=video 9 UDP/TLS/RTP/SAVPF 96",
          "a=mid:0",
          "a=rtpmap:96 h264/90000",
          "a=fmtp:96 packetization-mode=1",
          `a=extmap:${extmap}`,
        ),
        "42c01e",
      );
      assertEquals(extensionIds, expected);
    });
  }
});

Deno.test("remoteVideo() refuses", async (t) => {
  const video = (...lines: string[]) => [
    "m=video 9 UDP/TLS/RTP/SAVPF 96",
    "a=mid:0",
    "a=rtpmap:96 H264/90000",
    ...lines,
  ];
  const MODE_1 = "a=fmtp:96 packetization-mode=1";
  const cases = [
    {
      name: "a refused section",
      lines: [video(MODE_1)[0]!.replace(" 9 ", " 0 ")],
    },
    { name: "inactive", lines: video(MODE_1, "a=inactive") },
    { name: "no mid", lines: video(MODE_1).filter((one) => one !== "a=mid:0") },
    { name: "mode 0", lines: video("a=fmtp:96 packetization-mode=0") },
    {
      name: "a profile that is none",
      lines: video(`${MODE_1};profile-level-id=xyz`),
    },
    {
      name: "a payload type that the section does not list",
      lines: video(MODE_1).map((one) => one.replace("SAVPF 96", "SAVPF 97")),
    },
  ];
  for (const { name, lines } of cases) {
    await t.step(name, () => {
      assertThrows(() => remoteVideo(sdp(...lines), "42c01e"), SdpError);
    });
  }
});

Deno.test("sameProfile()", async (t) => {
  const cases = [
    { a: "42e01f", b: "42c028", same: true },
    { a: "42e01f", b: "4d801f", same: true },
    { a: "42001f", b: "42e01f", same: false },
    { a: "640c1f", b: "64001f", same: false },
    { a: "64001f", b: "640028", same: true },
    { a: "4d001f", b: "64001f", same: false },
  ];
  for (const { a, b, same } of cases) {
    await t.step(`${a} ${b}`, () => assertEquals(sameProfile(a, b), same));
  }
});

Deno.test("onlySection() refuses all others", () => {
  assertEquals(
    formatSdp(onlySection(sdp(...CHROMIUM), 1)),
    [
      "v=0",
      "a=group:BUNDLE 1",
      "m=audio 0 UDP/TLS/RTP/SAVPF 111",
      "c=IN IP4 0.0.0.0",
      "a=mid:0",
      "a=inactive",
      ...CHROMIUM.slice(2),
      "",
    ].join("\r\n"),
  );
});

Deno.test("parseSdp() has bounds", async (t) => {
  const cases = [
    { name: "no section", text: "v=0\r\n" },
    { name: "nothing", text: "" },
    { name: "lines", text: "m=video 9 x 96\r\n" + "a=x\r\n".repeat(500) },
    { name: "sections", text: "m=video 9 x 96\r\n".repeat(9) },
  ];
  for (const { name, text } of cases) {
    await t.step(name, () => void assertThrows(() => parseSdp(text), SdpError));
  }
});
