import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  CANDIDATES_MAX,
  SDP_LINES_MAX,
  SDP_SIZE_MAX,
} from "../../../../src/limits.ts";
import { filterSdp } from "../../../../src/gateway/tunnel/sdp_filter.ts";

const POLICY = { allowLoopback: false };

/** Written by the programs they are named after; Firefox's by its format. */
function vector(name: string): string {
  const url = new URL(`./sdp/${name}.sdp`, import.meta.url);
  return Deno.readTextFileSync(url);
}

function filtered(sdp: string, policy = POLICY): string {
  const result = filterSdp(sdp, policy);
  assert("sdp" in result, JSON.stringify(result));
  return result.sdp;
}

/** Name, payload types left, candidates left. */
const REAL: readonly [string, string, number][] = [
  ["chromium_offer", "102,103,104,107,108,109,114,115,116,117", 4],
  ["chromium_answer", "", 2],
  ["firefox_offer", "126,127,97,98", 2],
  ["firefox_answer", "96", 0],
  ["node_datachannel_offer", "96", 2],
  ["node_datachannel_answer", "102", 2],
  ["wrtc_answer", "102,103", 2],
];

Deno.test("filterSdp() passes what real viewers send", async (t) => {
  for (const [name, types, candidates] of REAL) {
    await t.step(name, () => {
      const sdp = filtered(vector(name));
      const video = /^m=video 9 UDP\/TLS\/RTP\/SAVPF (.*)\r$/m.exec(sdp)?.[1];
      assertStringIncludes(video?.replaceAll(" ", ",") ?? "", types);
      assertEquals(sdp.match(/^a=candidate:/gm)?.length ?? 0, candidates);
      // What is left describes nothing but H.264, Opus and rtx.
      const codecs = [...sdp.matchAll(/^a=rtpmap:\d+ ([^/]+)/gm)]
        .map(([, codec]) => codec);
      assert(codecs.includes("H264"));
      const others = codecs.filter((codec) =>
        !["H264", "rtx", "opus"].includes(codec ?? "")
      );
      assertEquals(others, []);
      for (const needed of ["ice-ufrag", "ice-pwd", "fingerprint", "setup"]) {
        assertStringIncludes(sdp, `\r\na=${needed}:`);
      }
      assertStringIncludes(sdp, "\r\na=mid:");
      assertStringIncludes(sdp, "\r\na=recvonly\r\n");
      assertStringIncludes(sdp, "\r\na=rtcp-mux\r\n");
    });
  }
});

Deno.test("filterSdp() changes nothing in what it has made", async (t) => {
  for (const [name] of REAL) {
    await t.step(name, () => {
      const once = filtered(vector(name));
      assertEquals(filtered(once), once);
    });
  }
});

Deno.test("filterSdp() leaves nobody's names and addresses in", () => {
  const sdp = filtered(vector("firefox_offer"));
  assert(!sdp.includes("mozilla"));
  assert(!sdp.includes("cname"));
  assert(!/^c=.*203\.0\.113/m.test(sdp));
  assertStringIncludes(sdp, "o=- 3716088884621913920 0 IN IP4 127.0.0.1\r\n");
});

Deno.test("filterSdp() keeps a bundled m-line, and a rejected one", () => {
  const offer = vector("firefox_offer");
  assertStringIncludes(
    filtered(offer),
    "m=audio 0 UDP/TLS/RTP/SAVPF 109\r\nc=IN IP4 0.0.0.0\r\na=bundle-only\r\n",
  );
  const rejected = filtered(offer.replace("a=bundle-only\r\n", ""));
  assertStringIncludes(
    rejected,
    "m=audio 0 UDP/TLS/RTP/SAVPF 109\r\nc=IN IP4 0.0.0.0\r\n" +
      "a=inactive\r\na=mid:1\r\n",
  );
  assert(!rejected.includes("opus"));
});

Deno.test("filterSdp() counts the candidates that it drops", () => {
  const result = filterSdp(vector("wrtc_answer"), POLICY);
  assert("sdp" in result);
  assertEquals(result.droppedCandidates, 6);
  const local = filterSdp(vector("wrtc_answer"), { allowLoopback: true });
  assert("sdp" in local);
  assertEquals(local.keptCandidates, 4);
});

/** An answer, with something put in or taken out. */
function answer(change: (sdp: string) => string): string {
  const sdp = vector("firefox_answer");
  const changed = change(sdp);
  assert(changed !== sdp, "the case changes nothing");
  return changed;
}

const add = (line: string) => answer((sdp) => `${sdp}${line}\r\n`);
const swap = (from: string | RegExp, to: string) =>
  answer((sdp) => sdp.replace(from, to));

const APPLICATION = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n" +
  "c=IN IP4 0.0.0.0\r\na=mid:d\r\na=sctp-port:5000";
const AUDIO = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\n" +
  "a=rtpmap:111 opus/48000/2\r\na=mid:a";

const REFUSED: readonly [string, string, string][] = [
  ["nothing", "", "Not an SDP"],
  ["something else", "GET / HTTP/1.1\r\n\r\n", "Not an SDP"],
  ["no o= line", swap(/^o=.*\r\n/m, ""), "o= line"],
  ["an o= line with text", swap(/^o=.*$/m, "o=- x y IN IP4 z"), "o= line"],
  ["a second o= line", add("o=- 1 1 IN IP4 10.0.0.1"), "Not an SDP"],
  ["a prototype", add("a=__proto__:1"), "a= line"],
  ["no media", swap(/^m=[^]*$/m, ""), "one video"],
  ["only audio", swap("m=video", "m=audio"), "one video"],
  ["two videos", add("m=video 9 UDP/TLS/RTP/SAVPF 96"), "one video"],
  ["three m-lines", add(`${AUDIO}\r\na=recvonly\r\n${AUDIO}`), "m-lines"],
  ["a data channel", add(APPLICATION), "Only video and audio"],
  [
    "a rejected data channel",
    add(APPLICATION.replace(" 9 ", " 0 ")),
    "Only video and audio",
  ],
  ["text", add("m=text 9 UDP/TLS/RTP/SAVPF 98"), "Only video and audio"],
  ["Chromium's data channel", vector("chromium_data_offer"), "Only video"],
  ["sendrecv", swap("a=recvonly", "a=sendrecv"), "recvonly"],
  ["sendonly", swap("a=recvonly", "a=sendonly"), "recvonly"],
  ["no direction", swap("a=recvonly\r\n", ""), "recvonly"],
  ["two directions", add("a=sendonly"), "recvonly"],
  ["audio that is sent", add(`${AUDIO}\r\na=sendrecv`), "recvonly"],
  ["audio of no direction", add(AUDIO), "recvonly"],
  ["a sender's offer", vector("chromium_sending_offer"), "recvonly"],
  ["simulcast", add("a=simulcast:recv h;l"), "simulcast"],
  ["rid", add("a=rid:h recv"), "rid"],
  [
    "Chromium's simulcast, were it received",
    vector("chromium_simulcast_offer").replace("a=sendonly", "a=recvonly"),
    "not allowed",
  ],
  ["SDES keys", add("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x"), "crypto"],
  ["an ice-lite client", swap("a=group", "a=ice-lite\r\na=group"), "ice-lite"],
  ["VP8", swap("H264/90000", "VP8/90000"), "No H.264"],
  ["H.264 by name only", swap("a=rtpmap:96", "a=rtpmap:97"), "No H.264"],
  ["rtx of nothing", swap("H264/90000", "rtx/90000"), "No H.264"],
  ["plain RTP", swap("UDP/TLS/RTP/SAVPF", "RTP/AVP"), "m= line"],
  ["a payload type of 128", swap("SAVPF 96", "SAVPF 128"), "m= line"],
  ["a payload type of text", swap("SAVPF 96", "SAVPF 96;x"), "m= line"],
  ["a control character", add("a=x:\u0007"), "a= line"],
  ["a bare CR", add("a=mid:0\rm=application"), "a= line"],
  ["NUL", add("a=mid:\0"), "a= line"],
  ["an endless line", add(`a=x:${"y".repeat(2000)}`), "a= line"],
  ["too many lines", add("a=x\r\n".repeat(SDP_LINES_MAX)), "lines"],
  ["too many bytes", "v=0\r\n".padEnd(SDP_SIZE_MAX + 1, "x"), "too long"],
  [
    "too many candidates",
    add(
      "a=candidate:1 1 udp 1 192.0.2.1 9000 typ host\r\n".repeat(
        CANDIDATES_MAX + 1,
      ),
    ),
    "Too many candidates",
  ],
];

Deno.test("filterSdp() refuses", async (t) => {
  for (const [name, sdp, reason] of REFUSED) {
    await t.step(name, () => {
      const result = filterSdp(sdp, POLICY);
      assert("refused" in result, "it was not refused");
      assertStringIncludes(result.refused, reason);
    });
  }
});

const LEFT_OUT: readonly [string, string][] = [
  ["an unknown attribute", "a=x-nalgate:1"],
  ["a constructor", "a=constructor"],
  ["a source", "a=ssrc:1 cname:x"],
  ["a feedback for another codec", "a=rtcp-fb:97 nack"],
  ["a format for another codec", "a=fmtp:97 apt=96"],
  ["an RTCP address", "a=rtcp:9 IN IP4 10.0.0.1"],
  ["a bandwidth", "b=AS:1"],
  ["a malformed group", "a=group:FID 1 2"],
];

Deno.test("filterSdp() leaves out", async (t) => {
  const plain = filtered(vector("firefox_answer"));
  for (const [name, line] of LEFT_OUT) {
    await t.step(name, () => assertEquals(filtered(add(line)), plain));
  }
});
