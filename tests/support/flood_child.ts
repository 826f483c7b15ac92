/**
 * A client of the Janus API that never rests: requests of all kinds, each
 * answered before the next of its lane, many lanes at once. Ends with its
 * standard input, and says how many answers it got.
 *
 *     deno run … tests/support/flood_child.ts <url> <secret>
 *
 * @module
 */

import { JanusClient } from "../../src/janus/client.ts";

const LANES = 16;

const [url = "", apiSecret = ""] = Deno.args;
await using client = await JanusClient.connect(url, { apiSecret });
let answerCount = 0;
let isEnding = false;

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

async function lane(): Promise<void> {
  const session = await client.create();
  const handle = await session.attach("janus.plugin.ustreamer");
  for (; !isEnding; answerCount += 4) {
    await handle.message({ request: "features" });
    await handle.message({ request: "status" });
    await handle.trickle({ completed: true });
    await handle.message({ request: "start" });
  }
}

const lanes = Promise.all(Array.from({ length: LANES }, lane));
say("flooding");
while (await Deno.stdin.read(new Uint8Array(1)) !== null);
isEnding = true;
await lanes;
say(`${answerCount} answers`);
