/**
 * Sends generated messages through a tunnel and has the upstream judge what
 * arrives. A worker, since a million of them keep a core busy.
 *
 * @module
 */

import { assert } from "@std/assert";
import fc from "fast-check";
import {
  CLIENT_MESSAGE_BURST,
  CLIENT_MESSAGE_UNIT_SIZE,
} from "../../../../src/limits.ts";
import { USTREAMER_PLUGIN } from "../../../../src/janus/message.ts";
import type { JanusSession } from "../../../../src/janus/session.ts";
import { Dice, noise } from "../../../support/janus_noise.ts";
import { JanusServer, type Recorded } from "../../../support/janus_server.ts";
import { MemoryClient } from "../../../support/memory_client.ts";
import { TunnelServer, until } from "../../../support/tunnel.ts";
import { breach } from "../../../support/upstream_rules.ts";

/** Below the burst that a socket may send at once. */
const PER_SOCKET = 150;
const SOCKETS = 8;

const RULES = {
  apiSecret: "upstream-secret",
  cameras: ["front"],
  plugin: USTREAMER_PLUGIN,
};

/** Which messages of a seed are sent; each depends on nothing but its index. */
interface Batch {
  readonly seed: number;
  readonly from: number;
  readonly to: number;
}

/** All of a seed; shrinks to the half, the quarter, the one that is bad. */
class Batches extends fc.Arbitrary<Batch> {
  override generate(random: fc.Random): fc.Value<Batch> {
    const seed = random.nextInt();
    return new fc.Value({ seed, from: 0, to: SOCKETS * PER_SOCKET }, undefined);
  }

  override canShrinkWithoutContext(value: unknown): value is Batch {
    return typeof value === "object";
  }

  override shrink({ seed, from, to }: Batch): fc.Stream<fc.Value<Batch>> {
    if (to - from < 2) return fc.Stream.nil();
    const middle = (from + to) >> 1;
    const halves = [{ seed, from, to: middle }, { seed, from: middle, to }];
    return fc.stream(
      halves.map((half) => new fc.Value<Batch>(half, undefined)).values(),
    );
  }
}

/** What the upstream has seen: who sent it is told by where it stands. */
class Witness {
  readonly breaches: string[] = [];
  passed = 0;
  /** The upstream's id of the session whose turn it is. */
  #turn: number | undefined;
  #marker: JanusSession | undefined;
  readonly opened: number[] = [];

  readonly record = (message: Recorded, text: string): void => {
    const { janus, session_id: id } = message;
    const found = breach(message, text, RULES);
    if (found !== undefined) this.breaches.push(`${found}: ${text}`);
    if (id === this.#marker?.id) {
      if (janus === "keepalive") return;
      this.#turn = janus === "hangup" ? message.handle_id : undefined;
      return;
    }
    if (this.#turn === undefined) return;
    this.passed++;
    // The client's `destroy` comes when its turn is over; ids are its own.
    if (id !== undefined && id !== this.#turn && janus !== "keepalive") {
      this.breaches.push(`a session of somebody else: ${text}`);
    }
  };

  /** Speaks upstream itself, between the clients. */
  async begin({ upstream }: TunnelServer): Promise<void> {
    this.#marker = await upstream.openSession({});
  }

  /** From here on only this session of the upstream may be heard of. */
  turn(sessionId: number): void {
    this.#mark({ janus: "hangup", handle_id: sessionId });
  }

  /** Resolves when the upstream has seen all that was sent until now. */
  over(): Promise<void> {
    return new Promise((resolve) =>
      this.#mark({ janus: "detach", handle_id: 1 }, () => resolve())
    );
  }

  #mark(fields: Recorded & { janus: string }, onReply = () => {}): void {
    assert(this.#marker?.request(fields, onReply), "the upstream hangs");
  }
}

/** Sends that many messages; rejects with the one that went wrong. */
async function fuzz({ seed, messages }: FuzzTask): Promise<void> {
  const witness = new Witness();
  await using janus = await JanusServer.start({
    apiSecret: RULES.apiSecret,
    record: witness.record,
  });
  await using server = await TunnelServer.start({
    url: janus.url,
    apiSecret: RULES.apiSecret,
    id: "front",
  });
  await witness.begin(server);
  let sent = 0;
  const property = fc.asyncProperty(new Batches(), async (batch) => {
    sent += await sendBatch(batch, { janus, server, witness });
    const { breaches } = witness;
    assert(breaches.length === 0, breaches.splice(0).join("\n"));
  });
  await fc.assert(property, {
    seed,
    numRuns: Math.ceil(messages / (SOCKETS * PER_SOCKET)),
  });
  const share = witness.passed / sent;
  assert(share > 0.1 && share < 0.9, `${share} got as far as the upstream`);
  const { foreignIds } = server.upstream.counters;
  assert(foreignIds > sent / 100, `${foreignIds} foreign ids`);
  // The last sockets' sessions are on their way out.
  await until(() => janus.sessions.size === 1);
}

/** Sends a batch over its sockets, one after the other. Returns how many. */
async function sendBatch(
  { seed, from, to }: Batch,
  { janus, server, witness }: {
    janus: JanusServer;
    server: TunnelServer;
    witness: Witness;
  },
): Promise<number> {
  const before = new Set(janus.sessions.keys());
  const count = Math.ceil(to / PER_SOCKET) - Math.floor(from / PER_SOCKET);
  const clients = await Promise.all(
    Array.from(
      { length: count },
      () => MemoryClient.open(server, USTREAMER_PLUGIN),
    ),
  );
  // The upstream counts up, and the sockets asked in order.
  const upstream = [...janus.sessions.keys()].filter((id) => !before.has(id));
  let sent = 0;
  for (const [index, client] of clients.entries()) {
    const other = clients[(index + 1) % count] ?? client;
    const first = PER_SOCKET * (Math.floor(from / PER_SOCKET) + index);
    const texts = textsOf(seed, {
      from: Math.max(first, from),
      to: Math.min(first + PER_SOCKET, to),
      ids: {
        sessionId: client.sessionId,
        handleId: client.handleId,
        foreign: [
          ...count > 1 ? [other.sessionId, other.handleId] : [],
          ...upstream,
          ...upstream.map((id) => id + count),
          123456789,
        ],
      },
    });
    sent += texts.length;
    witness.turn(upstream[index] ?? 0);
    client.send(texts);
    // Behind all the others: once it is answered, they have been looked at.
    await client.ask({ janus: "ping" });
    for (const text of client.texts) {
      assert(!text.includes(RULES.apiSecret), "the upstream's secret");
    }
  }
  await witness.over();
  for (const client of clients) client[Symbol.dispose]();
  return sent;
}

function textsOf(
  seed: number,
  { from, to, ids }: {
    from: number;
    to: number;
    ids: Parameters<typeof noise>[1];
  },
): string[] {
  const texts: string[] = [];
  // A long message counts as several; `create`, `attach`, `ping` as one each.
  let room = CLIENT_MESSAGE_BURST - 10;
  for (let index = from; index < to; index++) {
    const text = noise(new Dice(seed + index), ids);
    room -= Math.max(1, Math.ceil(text.length / CLIENT_MESSAGE_UNIT_SIZE));
    if (room < 0) break;
    texts.push(text);
  }
  return texts;
}

/** What one worker does. */
export interface FuzzTask {
  readonly seed: number;
  readonly messages: number;
}

const worker = self as unknown as {
  onmessage: (event: MessageEvent<FuzzTask>) => void;
  postMessage: (failure: string) => void;
};

worker.onmessage = ({ data }) => {
  fuzz(data).then(
    () => worker.postMessage(""),
    (error) => worker.postMessage(String(error)),
  );
};
