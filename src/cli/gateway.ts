import type { GatewayHandover, GatewayOrder } from "../config/handover.ts";
import { supervised } from "../config/supervised.ts";
import { addressInUse } from "./address_in_use.ts";
import { type Command, EXIT } from "./command.ts";

/** `nalgate gateway`: the process that browsers talk to. */
export const gatewayCommand: Command = {
  summary: "the gateway's process (nalgate serve starts it)",
  help: `Usage: nalgate gateway < HANDOVER

Runs the gateway alone. nalgate serve starts it, with the permissions that it
needs, and writes one line of JSON to its standard input: configuration and
secrets. It ends when that input ends.

Example:
  nalgate serve --config nalgate.yaml
`,
  run: async (_args, { logger, stderr }) => {
    const parent = await supervised<GatewayHandover, GatewayOrder>();
    const { runGateway } = await import("../gateway/main.ts");
    const { listen, logLevel } = parent.handover.config;
    try {
      const log = logger("gateway", logLevel);
      await runGateway(parent.handover, { ...parent, log });
      return EXIT.ok;
    } catch (error) {
      const address = `${listen.hostname}:${listen.port}`;
      return addressInUse(error, { address, stderr });
    }
  },
};
