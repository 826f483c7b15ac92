/** Bytes on a WebSocket, by hand. */

import { frame } from "../../support/raw_websocket.ts";
import type { FrameRow } from "./rows.ts";

const FIN = 0x80;
const TEXT = 0x01;
const CLOSE = 0x08;
const PING = 0x09;
const PONG = 0x0a;
const REQUEST = '{"janus":"ping","transaction":"t"}';

const close = (code: number, reason: readonly number[] = []) =>
  frame(FIN | CLOSE, [code >> 8, code & 0xff, ...reason]);
const text = (bytes: readonly number[]) => frame(FIN | TEXT, bytes);
const length = (...bytes: readonly number[]) =>
  frame(FIN | TEXT, "", { length: bytes });
const times = (count: number, one: Uint8Array) =>
  Array<Uint8Array>(count).fill(one);
const ones = (count: number) => Array<number>(count).fill(0xff);

export const FRAMES: readonly FrameRow[] = [
  ["RSV1", [frame(FIN | 0x40 | TEXT, REQUEST)], "close 1002"],
  ["RSV2", [frame(FIN | 0x20 | TEXT, REQUEST)], "close 1002"],
  ["RSV3", [frame(FIN | 0x10 | TEXT, REQUEST)], "close 1002"],
  ["RSV on a ping", [frame(FIN | 0x70 | PING, "x")], "close 1002"],
  ["opcode 3", [frame(FIN | 3, "x")], "close 1002"],
  ["opcode 7", [frame(FIN | 7, "x")], "close 1002"],
  ["opcode 11", [frame(FIN | 11, "x")], "close 1002"],
  ["opcode 15", [frame(FIN | 15, "x")], "close 1002"],
  ["unmasked", [frame(FIN | TEXT, REQUEST, { isMasked: false })], "close 1002"],
  [
    "an unmasked ping",
    [frame(FIN | PING, "x", { isMasked: false })],
    "close 1002",
  ],
  ["binary", [frame(FIN | 2, REQUEST)], "close 1008"],
  ["overlong UTF-8", [text([0xc0, 0xaf])], "close 1007"],
  ["a surrogate", [text([0xed, 0xa0, 0x80])], "close 1007"],
  ["beyond Unicode", [text([0xf4, 0x90, 0x80, 0x80])], "close 1007"],
  ["a cut character", [text([0xe2, 0x82])], "close 1007"],
  [
    "a character cut by the end",
    [frame(TEXT, [0xe2]), frame(FIN, [0x82])],
    "close 1007",
  ],
  ["a ping of 126 bytes", [frame(FIN | PING, "x".repeat(126))], "close 1002"],
  ["a Close of 126 bytes", [frame(FIN | CLOSE, "x".repeat(126))], "close 1002"],
  ["a ping in fragments", [frame(PING, "x")], "close 1002"],
  ["a Close in fragments", [frame(CLOSE, [3, 232])], "close 1002"],
  ["a continuation of nothing", [frame(FIN, "x")], "close 1002"],
  [
    "a message in a message",
    [frame(TEXT, "{"), frame(FIN | TEXT, REQUEST)],
    "close 1002",
  ],
  ["64 KiB and 1 in one frame", [
    frame(FIN | TEXT, " ".repeat(65_537), {
      length: [127, 0, 0, 0, 0, 0, 1, 0, 1],
    }),
  ], "close 1009"],
  ["64 KiB and 1 in 10 000 fragments", [
    frame(TEXT, "x".repeat(5537)),
    ...times(9999, frame(0, "123456")),
    frame(FIN, "123456"),
  ], "close 1009"],
  [
    "20 000 empty fragments",
    [frame(TEXT), ...times(20_000, frame(0))],
    "close 1008",
  ],
  ["a length of 2^63 - 1", [length(127, 0x7f, ...ones(7))], "close 1009"],
  ["a length of 2^63", [length(127, 0x80, ...Array(7).fill(0))], "close 1009"],
  ["a length of 2^64 - 1", [length(127, ...ones(8))], "close 1009"],
  ["a length of 4 GiB", [length(127, 0, 0, 0, 1, 0, 0, 0, 0)], "close 1009"],
  ["Close code 0", [close(0)], "close 1002"],
  ["Close code 999", [close(999)], "close 1002"],
  ["Close code 1004", [close(1004)], "close 1002"],
  ["Close code 1005", [close(1005)], "close 1002"],
  ["Close code 1006", [close(1006)], "close 1002"],
  ["Close code 1015", [close(1015)], "close 1002"],
  ["Close code 2999", [close(2999)], "close 1002"],
  ["Close code 65 535", [close(65_535)], "close 1002"],
  ["a Close of one byte", [frame(FIN | CLOSE, [3])], "close 1002"],
  ["a Close with bad UTF-8", [close(1000, [0xff])], "close 1007"],
  // ws itself cuts who does not wait for its pongs.
  ["300 pings", times(300, frame(FIN | PING, "x")), "cut"],
  ["300 pongs", times(300, frame(FIN | PONG, "x")), "close 1008"],
  ["300 messages", times(300, frame(FIN | TEXT, REQUEST)), "close 1008"],
  ["HTTP on a WebSocket", [
    new TextEncoder().encode("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
  ], "close 1002"],
];
