/**
 * `deno task bench [name …]`: measures, and prints ratios against something
 * that was measured in the same run. Nothing here passes or fails.
 *
 * @module
 */

import { benchEngine } from "./engine.ts";
import { benchLoad } from "./load.ts";
import { benchPacketizer } from "./packetizer.ts";
import { benchPlugin } from "./plugin.ts";
import { print } from "./table.ts";

const BENCHES: Readonly<Record<string, () => Promise<void>>> = {
  packetizer: benchPacketizer,
  engine: benchEngine,
  plugin: benchPlugin,
  load: benchLoad,
};

const names = Deno.args.length > 0 ? Deno.args : Object.keys(BENCHES);
for (const name of names) {
  const bench = BENCHES[name];
  if (bench === undefined) {
    print(
      `Cannot run bench: current name is "${name}", ` +
        `expected one of ${Object.keys(BENCHES).join(", ")}`,
    );
    Deno.exit(2);
  }
  print(`\n${name}`);
  await bench();
}
