/**
 * Autobahn's categories 5 to 7: messages and their end.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { frame } from "../raw_websocket.ts";
import {
  BINARY,
  CLOSE,
  closing,
  type ConformanceCase,
  CONTINUATION,
  data,
  FIN,
  fragments,
  GOODBYE,
  PING,
  PONG,
  row,
  TEXT,
  text,
} from "./case.ts";

/** 5: fragments, and what may stand between them. */
function fragmentation(): ConformanceCase[] {
  const first = data(TEXT, "frag");
  const middle = data(CONTINUATION, "men");
  const last = data(FIN | CONTINUATION, "t");
  const ping = data(FIN | PING, "p");
  const pong = data(FIN | PONG, "p");
  const all = [
    ["two fragments", [first, last]],
    ["three fragments", [first, middle, last]],
    ["an empty first", [data(TEXT, ""), middle, last]],
    ["an empty middle", [first, data(CONTINUATION, ""), last]],
    ["an empty last", [first, data(FIN | CONTINUATION, "")]],
    ["three empty ones", [
      data(TEXT, ""),
      data(CONTINUATION, ""),
      data(FIN | CONTINUATION, ""),
    ]],
    ["a pong between", [first, pong, last]],
    ["two messages", [first, last, first, last]],
  ] as const;
  return [
    ...all.flatMap(([name, frames]) =>
      [undefined, 1].map((chop) =>
        row(
          `5.1 ${name}${chop === undefined ? "" : ", byte by byte"}`,
          frames,
          {
            answers: name === "two messages" ? 2 : 1,
            ...chop === undefined ? {} : { chop },
          },
        )
      )
    ),
    row("5.2 a ping between", [first, ping, last], {
      answers: 1,
      pongs: ["p"],
    }),
    row("5.2 pings between all", [first, ping, middle, ping, last], {
      answers: 1,
      pongs: ["p", "p"],
    }),
    row("5.3 fragmented ping", [data(PING, "p"), last], { close: 1002 }),
    row("5.3 fragmented pong", [data(PONG, "p"), last], { close: 1002 }),
    row("5.3 fragmented Close", [frame(CLOSE, [3, 232])], { close: 1002 }),
    row("5.4 a last one of nothing", [last], { close: 1002 }),
    row("5.4 a middle one of nothing", [middle], { close: 1002 }),
    row("5.4 a last one too many", [first, last, last], {
      answers: 1,
      close: 1002,
    }),
    row("5.5 a text in a text", [first, text("*")], { close: 1002 }),
    row("5.5 a first one in a text", [first, first], { close: 1002 }),
    row("5.5 a binary in a text", [first, data(FIN | BINARY, "x")], {
      close: 1002,
    }),
    row("5.6 a binary message in fragments", [
      data(BINARY, "x"),
      data(FIN | CONTINUATION, "y"),
    ], { close: 1008 }),
    row("5.7 too much in fragments, before its end", [
      data(TEXT, "x".repeat(65_000)),
      data(CONTINUATION, "x".repeat(537)),
    ], { close: 1009 }),
  ];
}

/** UTF-8 that is right, by RFC 3629's table and beside its gaps. */
const GOOD_UTF8: readonly (readonly [string, readonly number[]])[] = [
  ["Greek", [...Buffer.from("κόσμε")]],
  ["a NUL", [0]],
  ["U+007F", [0x7f]],
  ["U+0080", [0xc2, 0x80]],
  ["U+07FF", [0xdf, 0xbf]],
  ["U+0800", [0xe0, 0xa0, 0x80]],
  ["U+D7FF", [0xed, 0x9f, 0xbf]],
  ["U+E000", [0xee, 0x80, 0x80]],
  ["U+FFFD", [0xef, 0xbf, 0xbd]],
  ["U+FFFE", [0xef, 0xbf, 0xbe]],
  ["U+FFFF", [0xef, 0xbf, 0xbf]],
  ["U+10000", [0xf0, 0x90, 0x80, 0x80]],
  ["U+10FFFF", [0xf4, 0x8f, 0xbf, 0xbf]],
  ["a byte order mark", [0xef, 0xbb, 0xbf]],
];

const BAD_UTF8: readonly (readonly [string, readonly number[]])[] = [
  ["a continuation alone", [0x80]],
  ["two of them", [0xbf, 0x80]],
  ["a start of two alone", [0xc2]],
  ["a start of two and a space", [0xc2, 0x20]],
  ["three, cut after one", [0xe1]],
  ["three, cut after two", [0xe1, 0x80]],
  ["four, cut after three", [0xf1, 0x80, 0x80]],
  ["a start of five", [0xf8, 0x88, 0x80, 0x80, 0x80]],
  ["a start of six", [0xfc, 0x84, 0x80, 0x80, 0x80, 0x80]],
  ["FE", [0xfe]],
  ["FF", [0xff]],
  ["overlong slash of two", [0xc0, 0xaf]],
  ["overlong slash of three", [0xe0, 0x80, 0xaf]],
  ["overlong slash of four", [0xf0, 0x80, 0x80, 0xaf]],
  ["overlong U+007F", [0xc1, 0xbf]],
  ["overlong U+07FF", [0xe0, 0x9f, 0xbf]],
  ["overlong U+FFFF", [0xf0, 0x8f, 0xbf, 0xbf]],
  ["overlong NUL", [0xc0, 0x80]],
  ["U+D800", [0xed, 0xa0, 0x80]],
  ["U+DFFF", [0xed, 0xbf, 0xbf]],
  ["a pair of surrogates", [0xed, 0xa0, 0x80, 0xed, 0xb0, 0x80]],
  ["U+110000", [0xf4, 0x90, 0x80, 0x80]],
  ["good, bad, good", [0x61, 0xff, 0x61]],
];

/** 6: UTF-8, whole and with its characters cut by fragments. */
function utf8(): ConformanceCase[] {
  return [
    ...GOOD_UTF8.flatMap(([name, bytes]) => [
      row(`6.1 ${name}`, [text(bytes)], { answers: 1 }),
      row(`6.2 ${name}, a byte a fragment`, fragments(bytes, 1), {
        answers: 1,
      }),
    ]),
    ...BAD_UTF8.flatMap(([name, bytes]) => [
      row(`6.3 ${name}`, [text(bytes)], { close: 1007 }),
      row(`6.4 ${name}, a byte a fragment`, fragments(bytes, 1), {
        close: 1007,
      }),
    ]),
  ];
}

/** 7: closing. */
function closes(): ConformanceCase[] {
  const bad = [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999];
  const good = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012];
  const answered = (code: number, reason = "") => ({
    name: `7.3 Close ${code}, a reason of ${reason.length}`,
    frames: [closing(code, reason)],
    answers: 0,
    pongs: [],
    close: code,
    chop: undefined,
  });
  return [
    row("7.1 Close", []),
    row("7.1 two Closes", [GOODBYE]),
    row("7.1 a ping behind the Close", [GOODBYE, data(FIN | PING, "p")]),
    row("7.1 a text behind the Close", [GOODBYE, text("*")]),
    row("7.1 a Close within a message", [data(TEXT, "*"), GOODBYE]),
    {
      ...row("7.2 Close of nothing", []),
      frames: [data(FIN | CLOSE, "")],
      close: undefined,
    },
    row("7.2 Close of one byte", [data(FIN | CLOSE, [3])], { close: 1002 }),
    row("7.2 Close of 126 bytes", [closing(1000, "*".repeat(124))], {
      close: 1002,
    }),
    answered(1000, "*".repeat(123)),
    answered(1000, "bye"),
    ...good.map((code) => answered(code)),
    ...[1013, 1014, 3000, 3999, 4000, 4999].map((code) => answered(code)),
    ...[...bad, 5000, 65_535].map((code) =>
      row(`7.4 Close ${code}`, [closing(code)], { close: 1002 })
    ),
    ...BAD_UTF8.slice(0, 6).map(([name, bytes]) =>
      row(`7.5 reason: ${name}`, [closing(1000, bytes)], { close: 1007 })
    ),
  ];
}

/** All of them. */
export const MESSAGE_CASES: readonly ConformanceCase[] = [
  ...fragmentation(),
  ...utf8(),
  ...closes(),
];
