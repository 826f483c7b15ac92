/**
 * Autobahn's categories 1 to 4: frames.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { frame } from "../raw_websocket.ts";
import {
  BINARY,
  CLOSE,
  type ConformanceCase,
  data,
  FIN,
  PING,
  PONG,
  row,
  TEXT,
  text,
} from "./case.ts";

/** 1: framing, each length field and what lies around its bounds. */
function framing(): ConformanceCase[] {
  const sizes = [0, 1, 125, 126, 127, 128, 65_535];
  return [
    ...sizes.map((size) =>
      row(`1.1 text of ${size} bytes`, [text("*".repeat(size))], { answers: 1 })
    ),
    ...[1, 2, 997].map((chop) =>
      row(`1.1 text of 200 bytes, ${chop} at a time`, [text("*".repeat(200))], {
        answers: 1,
        chop,
      })
    ),
    // Our limit is 64 KiB; there Autobahn goes on to 16 MiB.
    row("1.1 text of 65 536 bytes", [text("*".repeat(65_536))], { answers: 1 }),
    row("1.1 text of 65 537 bytes", [text("*".repeat(65_537))], {
      close: 1009,
    }),
    ...[0, 1, 125, 126, 65_535].map((size) =>
      row(
        `1.2 binary of ${size} bytes`,
        [data(FIN | BINARY, "*".repeat(size))],
        { close: 1008 },
      )
    ),
    ...[[126, 0, 5], [127, 0, 0, 0, 0, 0, 0, 0, 5]].map((length) =>
      row(
        `1.3 5 bytes behind a length field of ${length.length} bytes`,
        [frame(FIN | TEXT, "*****", { length })],
        { answers: 1 },
      )
    ),
  ];
}

/** 2: pings and pongs. */
function pings(): ConformanceCase[] {
  const ping = (payload: string) => data(FIN | PING, payload);
  const ten = Array.from({ length: 10 }, (_, index) => `payload ${index}`);
  return [
    ...[0, 1, 5, 124, 125].map((size) =>
      row(`2.1 ping of ${size} bytes`, [ping("p".repeat(size))], {
        pongs: ["p".repeat(size)],
      })
    ),
    row("2.2 ping of bytes that are no text", [
      data(FIN | PING, [0, 255, 254, 253]),
    ], { pongs: [Buffer.from([0, 255, 254, 253]).toString("latin1")] }),
    row("2.3 ping of 126 bytes", [ping("p".repeat(126))], { close: 1002 }),
    row("2.4 ping byte by byte", [ping("p".repeat(125))], {
      pongs: ["p".repeat(125)],
      chop: 1,
    }),
    row("2.5 pong of nothing", [data(FIN | PONG, "")]),
    row("2.6 pong of something", [data(FIN | PONG, "unasked")]),
    row("2.7 pong, then ping", [data(FIN | PONG, "x"), ping("y")], {
      pongs: ["y"],
    }),
    row("2.8 ten pings", ten.map(ping), { pongs: ten }),
    row("2.9 ten pings byte by byte", ten.map(ping), { pongs: ten, chop: 1 }),
    row("2.10 unmasked ping", [
      frame(FIN | PING, "x", { isMasked: false }),
    ], { close: 1002 }),
  ];
}

/** 3: reserved bits, each combination, alone and behind good messages. */
function reservedBits(): ConformanceCase[] {
  return [1, 2, 3, 4, 5, 6, 7].flatMap((bits) => {
    const name = bits.toString(2).padStart(3, "0");
    const bad = (opcode: number) => data(FIN | bits << 4 | opcode, "x");
    return [
      row(`3.${bits} RSV ${name} on a text`, [bad(TEXT)], { close: 1002 }),
      row(`3.${bits} RSV ${name} behind a text`, [text("*"), bad(TEXT)], {
        answers: 1,
        close: 1002,
      }),
      row(`3.${bits} RSV ${name} on a ping`, [bad(PING)], { close: 1002 }),
      row(`3.${bits} RSV ${name} on a Close`, [bad(CLOSE)], { close: 1002 }),
    ];
  });
}

/** 4: opcodes that are reserved. */
function opcodes(): ConformanceCase[] {
  return [3, 4, 5, 6, 7, 11, 12, 13, 14, 15].flatMap((opcode) => [
    row(`4.1 opcode ${opcode}`, [data(FIN | opcode, "")], { close: 1002 }),
    row(`4.2 opcode ${opcode} with payload, behind a text and a ping`, [
      text("*"),
      data(FIN | PING, "p"),
      data(FIN | opcode, "x"),
      text("*"),
    ], { answers: 1, pongs: ["p"], close: 1002 }),
  ]);
}

/** All of them. */
export const FRAME_CASES: readonly ConformanceCase[] = [
  ...framing(),
  ...pings(),
  ...reservedBits(),
  ...opcodes(),
];
