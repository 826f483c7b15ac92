/**
 * A process with nothing but the tests' Janus: the upstream of a load.
 *
 * @module
 */

import { JanusServer } from "../support/janus_server.ts";
import { print } from "./table.ts";

await using janus = await JanusServer.start({ cameras: [] });
print(janus.url);
// What it records is of no use here, and would only grow.
setInterval(() => {
  janus.texts.length = 0;
  janus.received.length = 0;
}, 100);
await new Response(Deno.stdin.readable).arrayBuffer();
Deno.exit(0);
