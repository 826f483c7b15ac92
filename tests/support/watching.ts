/**
 * A client of a running gateway that watches, without media.
 *
 * @module
 */

import { assert } from "@std/assert";
import { delay } from "@std/async/delay";
import type { Recorded } from "./janus_server.ts";
import type { WatchResult } from "./handshake.ts";
import type { RunningGateway } from "./running_gateway.ts";

/** Plays a client up to `watch`; returns the upstream's session. */
export async function startWatching(
  socket: WatchResult["socket"],
  { janus }: RunningGateway,
  camera = "front",
): Promise<number> {
  const ask = (message: object) =>
    new Promise<Recorded>((resolve) => {
      socket.once("message", (data) => resolve(JSON.parse(String(data))));
      socket.send(JSON.stringify({ ...message, transaction: "t" }));
    });
  const session = await ask({ janus: "create" });
  const handle = await ask({
    janus: "attach",
    session_id: session.data.id,
    plugin: "janus.plugin.ustreamer",
  });
  await ask({
    janus: "message",
    session_id: session.data.id,
    handle_id: handle.data.id,
    body: { request: "watch" },
  });
  const isWatch = ({ body }: Recorded) =>
    body?.request === "watch" && body.id === camera;
  while (!janus.received.some(isWatch)) await delay(10);
  const watch = janus.received.findLast(isWatch);
  assert(janus.sessions.has(watch?.session_id));
  janus.push({
    janus: "webrtcup",
    session_id: watch?.session_id,
    sender: watch?.handle_id,
  });
  return watch?.session_id;
}
