/**
 * A process of viewers, as many as asked for. Reads an `Order` from standard
 * input, answers with lines of JSON on standard output.
 *
 * @module
 */

import nodeDatachannel from "node-datachannel";
import { delay } from "@std/async/delay";
import { JanusClient } from "../../src/janus/client.ts";
import { type Quantiles, quantiles } from "./quantiles.ts";
import { Receiver, type Target } from "./receiver.ts";

/** What to watch, by how many, and for how long. */
export interface Order extends Target {
  readonly url: string;
  readonly apiSecret: string;
  readonly viewers: number;
  readonly seconds: number;
}

/** What the viewers saw. Times in milliseconds. */
export interface Result {
  readonly packets: number;
  readonly lost: number;
  /** From the camera's write to a picture's stamped packet, at its front. */
  readonly firstAge: Quantiles;
  /** From the camera's write to a picture's last packet. */
  readonly lastAge: Quantiles;
  /** From `watch` to the first packet, the very first viewer's left out. */
  readonly firstPacket: Quantiles;
  /** From `watch` to the first key frame. */
  readonly firstPicture: Quantiles;
}

/** Said when counting begins, when it ends, and at the very end. */
export type Line = "counting" | "counted" | Result;

/** Handshakes are over, and keys and caches warm. */
const SETTLE_MS = 1000;

/** How often a viewer goes and comes back at once. */
const RETURNS = 5;

async function run(order: Order): Promise<Result> {
  await using client = await JanusClient.connect(order.url, order);
  const receivers = await Promise.all(
    Array.from({ length: order.viewers }, () => Receiver.join(client, order)),
  );
  await delay(SETTLE_MS);
  for (const receiver of receivers) receiver.forget();
  say("counting");
  await delay(order.seconds * 1000);
  say("counted");
  const sum = (of: (receiver: Receiver) => number) =>
    receivers.reduce((total, receiver) => total + of(receiver), 0);
  const counts = {
    packets: sum(({ packets }) => packets),
    lost: sum(({ lost }) => lost),
    firstAge: quantiles(receivers.flatMap(({ firstAges }) => firstAges)),
    lastAge: quantiles(receivers.flatMap(({ lastAges }) => lastAges)),
  };
  const returned: Receiver[] = [];
  for (let index = 0; index < RETURNS; index++) {
    receivers.pop()?.close();
    const receiver = await Receiver.join(client, order);
    receivers.push(receiver);
    returned.push(receiver);
  }
  for (const receiver of receivers) receiver.close();
  return {
    ...counts,
    firstPacket: quantiles(returned.map((each) => each.firstPacketMs)),
    firstPicture: quantiles(returned.map((each) => each.firstPictureMs)),
  };
}

function say(line: Line): void {
  Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(line) + "\n"));
}

if (import.meta.main) {
  const text = await new Response(Deno.stdin.readable).text();
  say(await run(JSON.parse(text)));
  nodeDatachannel.cleanup();
  Deno.exit(0);
}
