import { assertEquals } from "@std/assert";
import {
  formatSdp,
  onlySection,
  parseSdp,
} from "../../../../src/engine/media/sdp.ts";

/** As Firefox offers with `bundlePolicy: "max-bundle"`. */
const OFFER = [
  "v=0",
  "a=group:LS 0 1 2",
  "a=group:BUNDLE 0 1 2",
  "m=audio 9 UDP/TLS/RTP/SAVPF 109",
  "a=mid:0",
  "a=recvonly",
  "a=ice-ufrag:abcd",
  "m=video 0 UDP/TLS/RTP/SAVPF 126",
  "a=bundle-only",
  "a=mid:1",
  "a=recvonly",
  "m=application 0 UDP/DTLS/SCTP webrtc-datachannel",
  "a=bundle-only",
  "a=mid:2",
];

const VIDEO = [
  "m=video 9 UDP/TLS/RTP/SAVPF 126",
  "a=mid:1",
  "a=recvonly",
];

const NO_DATA = [
  "m=application 0 UDP/DTLS/SCTP webrtc-datachannel",
  "c=IN IP4 0.0.0.0",
  "a=mid:2",
  "a=inactive",
];

Deno.test("onlySection()", async (t) => {
  const cases: readonly {
    readonly name: string;
    readonly idle?: number;
    readonly expected: readonly string[];
  }[] = [
    {
      name: "refuses all others, and gives a bundle-only section a port",
      expected: [
        "v=0",
        "a=group:BUNDLE 1",
        "m=audio 0 UDP/TLS/RTP/SAVPF 109",
        "c=IN IP4 0.0.0.0",
        "a=mid:0",
        "a=inactive",
        ...VIDEO,
        ...NO_DATA,
      ],
    },
    {
      name: "keeps an idle one with its transport, in its place",
      idle: 0,
      expected: [
        "v=0",
        "a=group:BUNDLE 0 1",
        "m=audio 9 UDP/TLS/RTP/SAVPF 109",
        "a=mid:0",
        "a=inactive",
        "a=ice-ufrag:abcd",
        ...VIDEO,
        ...NO_DATA,
      ],
    },
  ];
  for (const { name, idle, expected } of cases) {
    await t.step(name, () => {
      const offer = parseSdp(OFFER.join("\r\n"));
      assertEquals(
        formatSdp(onlySection(offer, 1, idle)),
        expected.join("\r\n") + "\r\n",
      );
    });
  }
});
