/** Answers of a viewer that would have the media server do more. */

import type { Ids, MessageRow } from "./rows.ts";

const ANSWER = await Deno.readTextFile(
  new URL("../../unit/gateway/tunnel/sdp/firefox_answer.sdp", import.meta.url),
);

const start = (sdp: unknown) => ({ session, handle }: Ids) =>
  JSON.stringify({
    janus: "message",
    transaction: "t",
    "session_id": session,
    "handle_id": handle,
    body: { request: "start" },
    jsep: { type: "answer", sdp },
  });
const add = (line: string) => start(`${ANSWER}${line}\r\n`);
const swap = (from: string | RegExp, to: string) =>
  start(ANSWER.replace(from, to));

const NO = "janus 465";
const CANDIDATE = "a=candidate:1 1 udp 1 192.0.2.1 9000 typ host\r\n";

export const SDPS: readonly MessageRow[] = [
  ["nothing", start(""), NO],
  ["no SDP", start("GET / HTTP/1.1\r\n\r\n"), NO],
  ["no o=", swap(/^o=.*\r\n/m, ""), NO],
  ["no media", swap(/^m=[^]*$/m, ""), NO],
  [
    "a data channel",
    add("m=application 9 UDP/DTLS/SCTP webrtc-datachannel"),
    NO,
  ],
  [
    "a rejected data channel",
    add("m=application 0 UDP/DTLS/SCTP webrtc-datachannel"),
    NO,
  ],
  ["a second video", add("m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=recvonly"), NO],
  [
    "audio that is sent",
    add(
      "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=rtpmap:111 opus/48000/2\r\na=sendrecv",
    ),
    NO,
  ],
  ["a text section", add("m=text 9 UDP/TLS/RTP/SAVPF 98"), NO],
  ["sendrecv", swap("a=recvonly", "a=sendrecv"), NO],
  ["sendonly", swap("a=recvonly", "a=sendonly"), NO],
  ["no direction", swap("a=recvonly\r\n", ""), NO],
  ["two directions", add("a=sendonly"), NO],
  ["simulcast", add("a=simulcast:recv h;l"), NO],
  ["rid", add("a=rid:h recv"), NO],
  ["an SCTP port", add("a=sctp-port:5000"), NO],
  ["SDES keys", add("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x"), NO],
  ["ICE lite", swap("a=group", "a=ice-lite\r\na=group"), NO],
  ["VP8", swap("H264/90000", "VP8/90000"), NO],
  ["no encryption", swap("UDP/TLS/RTP/SAVPF", "RTP/AVP"), NO],
  ["payload type 128", swap("SAVPF 96", "SAVPF 128"), NO],
  ["a NUL", add("a=mid:\0"), NO],
  ["a bare CR", add("a=mid:0\rm=application"), NO],
  ["a prototype", add("a=__proto__:1"), NO],
  ["501 lines", add("a=x\r\n".repeat(501)), NO],
  ["33 KiB", start("v=0\r\n".padEnd(33 * 1024, "x")), NO],
  ["51 candidates", add(CANDIDATE.repeat(51)), NO],
  ["a list", start([ANSWER]), NO],
];
