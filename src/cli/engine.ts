import type { EngineHandover, EngineOrder } from "../config/handover.ts";
import { supervised } from "../config/supervised.ts";
import { addressInUse } from "./address_in_use.ts";
import { type Command, EXIT } from "./command.ts";

/** `nalgate engine`: the process that reads cameras and sends media. */
export const engineCommand: Command = {
  summary: "the engine's process (nalgate serve starts it)",
  help: `Usage: nalgate engine < HANDOVER

Runs the engine alone. nalgate serve starts it, with the permissions that it
needs, and writes one line of JSON to its standard input: cameras and a secret
that whoever speaks to it must know. It ends when that input ends.

Example:
  nalgate serve --config nalgate.yaml
`,
  run: async (_args, { logger, stderr }) => {
    const parent = await supervised<EngineHandover, EngineOrder>();
    const { runEngine } = await import("../engine/main.ts");
    const { logLevel, port } = parent.handover;
    try {
      const log = logger("engine", logLevel);
      await runEngine(parent.handover, { ...parent, log });
      return EXIT.ok;
    } catch (error) {
      const address = `127.0.0.1:${port}`;
      return addressInUse(error, { address, stderr });
    }
  },
};
