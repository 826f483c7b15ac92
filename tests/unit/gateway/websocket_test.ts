import { assertEquals } from "@std/assert";
import { view } from "../../support/gateway.ts";
import { frame, rawWebSocket } from "../../support/raw_websocket.ts";
import { RunningGateway } from "../../support/running_gateway.ts";

const FIN = 0x80;
const CONTINUATION = 0x00;
const TEXT = 0x01;
const BINARY = 0x02;
const CLOSE = 0x08;
const PING = 0x09;

const REQUEST = '{"janus":"ping","transaction":"t"}';

function close(code: number, reason: readonly number[] = []): Uint8Array {
  return frame(FIN | CLOSE, [code >> 8, code & 0xff, ...reason]);
}

/** What is sent, and the code of the Close frame that answers it. */
const CASES: readonly (readonly [
  name: string,
  frames: readonly Uint8Array[],
  code: number | undefined,
  pongs?: number,
])[] = [
  ["a request", [frame(FIN | TEXT, REQUEST), close(1000)], 1000, 1],
  [
    "a request in two fragments, a ping between",
    [
      frame(TEXT, REQUEST.slice(0, 9)),
      frame(FIN | PING, "x"),
      frame(FIN | CONTINUATION, REQUEST.slice(9)),
      close(1000),
    ],
    1000,
    1,
  ],
  ["an unmasked frame", [
    frame(FIN | TEXT, REQUEST, { isMasked: false }),
  ], 1002],
  ["RSV1", [frame(FIN | TEXT | 0x40, REQUEST)], 1002],
  ["RSV2", [frame(FIN | TEXT | 0x20, REQUEST)], 1002],
  ["RSV3", [frame(FIN | TEXT | 0x10, REQUEST)], 1002],
  ...[0x03, 0x04, 0x07, 0x0b, 0x0c, 0x0f].map((opcode) =>
    [`opcode ${opcode}`, [frame(FIN | opcode, "x")], 1002] as const
  ),
  ["a binary message", [frame(FIN | BINARY, REQUEST)], 1008],
  ["a ping in fragments", [frame(PING, "x")], 1002],
  ["a ping of 126 bytes", [frame(FIN | PING, "x".repeat(126))], 1002],
  ["a continuation of nothing", [frame(FIN | CONTINUATION, "x")], 1002],
  ["a message in a message", [
    frame(TEXT, "{"),
    frame(FIN | TEXT, REQUEST),
  ], 1002],
  ["overlong UTF-8", [frame(FIN | TEXT, [0xc0, 0xaf])], 1007],
  ["a surrogate in UTF-8", [frame(FIN | TEXT, [0xed, 0xa0, 0x80])], 1007],
  ["truncated UTF-8", [frame(FIN | TEXT, [0xe2, 0x82])], 1007],
  ["a Close without a code", [frame(FIN | CLOSE)], undefined],
  ["a Close of one byte", [frame(FIN | CLOSE, [3])], 1002],
  ...[0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 65_535].map((code) =>
    [`Close code ${code}`, [close(code)], 1002] as const
  ),
  ...[1000, 1001, 3000, 4999].map((code) =>
    [`Close code ${code}`, [close(code)], code] as const
  ),
  ["a Close reason that is no UTF-8", [close(1000, [0xff])], 1007],
  ["a length of 2^63 - 1", [
    frame(FIN | TEXT, "", { length: [127, 0x7f, ...Array(7).fill(0xff)] }),
  ], 1009],
  ["a length with its top bit set", [
    frame(FIN | TEXT, "", { length: [127, 0x80, ...Array(7).fill(0)] }),
  ], 1009],
  ["64 KiB in 10 000 continuation frames", [
    frame(TEXT, "x"),
    ...Array<Uint8Array>(9_999).fill(frame(CONTINUATION, "12345678")),
  ], 1009],
  ["20 000 empty continuation frames", [
    frame(TEXT),
    ...Array<Uint8Array>(20_000).fill(frame(CONTINUATION)),
  ], 1008],
];

Deno.test("the Janus API keeps to RFC 6455, frame by frame", async (t) => {
  await using running = await RunningGateway.start({
    users: { ann: view("**") },
  });
  const { cookie } = await running.signIn("ann");
  const { port } = running.gateway.address;
  const handshake = [
    "GET /cameras/front/janus HTTP/1.1",
    "Host: 127.0.0.1",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Protocol: janus-protocol",
    `Origin: ${running.origin}`,
    `Cookie: ${cookie}`,
    "\r\n",
  ].join("\r\n");
  for (const [name, frames, code, answers = 0] of CASES) {
    await t.step(name, async () => {
      const received = await rawWebSocket(port, handshake, frames);
      const texts = received.filter(({ opcode }) => opcode === TEXT);
      assertEquals(texts.length, answers);
      const [end, ...more] = received.filter(({ opcode }) => opcode === CLOSE);
      assertEquals(more, []);
      const [high, low] = end?.payload ?? [];
      assertEquals(
        high === undefined || low === undefined ? undefined : high << 8 | low,
        code,
      );
    });
  }
});
