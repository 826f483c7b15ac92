import { assert, assertEquals } from "@std/assert";
import { handshake } from "../../e2e/hostile/rows.ts";
import { view } from "../../support/gateway.ts";
import { rawWebSocket } from "../../support/raw_websocket.ts";
import type { ConformanceCase } from "../../support/rfc6455/case.ts";
import { FRAME_CASES } from "../../support/rfc6455/frames.ts";
import { MESSAGE_CASES } from "../../support/rfc6455/messages.ts";
import { RunningGateway } from "../../support/running_gateway.ts";

const CONFORMANCE = [...FRAME_CASES, ...MESSAGE_CASES];

const TEXT = 1;
const CLOSE = 8;
const PONG = 10;
/** At once: fewer than one user's viewers. */
const LANES = 8;

/** What came of a case, in the case's own words. */
async function outcome(
  { name, frames, chop }: ConformanceCase,
  { port, opening }: { port: number; opening: string },
): Promise<Omit<ConformanceCase, "frames" | "chop">> {
  const received = await rawWebSocket(port, opening, frames, { chop });
  const of = (wanted: number) =>
    received.filter(({ opcode }) => opcode === wanted)
      .map(({ payload }) => payload);
  const [end, ...more] = of(CLOSE);
  assert(end !== undefined && more.length === 0, `${name}: not one Close`);
  const [high, low] = end;
  const hasCode = high !== undefined && low !== undefined;
  return {
    name,
    answers: of(TEXT).length,
    pongs: of(PONG).map((payload) => String.fromCharCode(...payload)),
    close: hasCode ? high << 8 | low : undefined,
  };
}

Deno.test("the Janus API keeps to RFC 6455", async (t) => {
  await using running = await RunningGateway.start({
    users: { ann: view("**") },
  });
  const { cookie } = await running.signIn("ann");
  const { port } = running.gateway.address;
  const lines = [`Origin: ${running.origin}`, `Cookie: ${cookie}`];
  const opening = handshake({ lines });
  const outcomes = new Map<string, unknown>();
  const queue = CONFORMANCE.values();
  const lane = async () => {
    for (const one of queue) {
      const came = await outcome(one, { port, opening }).catch(String);
      outcomes.set(one.name, came);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  assertEquals(outcomes.size, CONFORMANCE.length, "each has a name of its own");
  for (const { frames: _, chop: __, ...expected } of CONFORMANCE) {
    const { name } = expected;
    await t.step(name, () => assertEquals(outcomes.get(name), expected));
  }
  assertEquals(running.janus.got("message").filter(isNoStatus), []);
});

function isNoStatus({ body }: { body?: { request?: string } }): boolean {
  return body?.request !== "status";
}
