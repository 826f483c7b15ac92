import type { Config } from "../config/config.ts";
import { supervised } from "../config/supervised.ts";
import { deviceFindings } from "./doctor/device_checks.ts";
import { iceFindings } from "./doctor/ice_checks.ts";
import { janusFindings } from "./doctor/janus_checks.ts";
import { type Command, EXIT } from "./command.ts";

/** What `nalgate doctor` hands to it. */
export interface DoctorHandover {
  readonly config: Config;
}

/** `nalgate doctor-net`: the part of the doctor that may use the network. */
export const doctorNetCommand: Command = {
  summary: "the doctor's process for the network (nalgate doctor starts it)",
  help: `Usage: nalgate doctor-net < HANDOVER

Dials what the configuration names, and writes what it found as one line of
JSON. nalgate doctor starts it, so that what reads secrets and dials out can do
nothing else.

Example:
  nalgate doctor --config nalgate.yaml
`,
  run: async () => {
    const { handover, ready } = await supervised<DoctorHandover>();
    const { config } = handover;
    const findings = await Promise.all([
      janusFindings(config),
      deviceFindings(config),
      iceFindings(config),
    ]);
    ready(findings.flat());
    return EXIT.ok;
  },
};
