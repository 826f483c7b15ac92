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
    const { logLevel } = parent.handover.config;
    try {
      const log = logger("gateway", logLevel);
      await runGateway(parent.handover, { ...parent, log });
      return EXIT.ok;
    } catch (error) {
      return addressInUse(error, { address: addressOf(error), stderr });
    }
  },
};

/** Which of its listeners could not bind, as Node tells it. */
function addressOf(error: unknown): string {
  const { address, port } = error as { address?: string; port?: number };
  return `${address}:${port}`;
}
