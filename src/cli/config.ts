import { explainConfig } from "../config/explain.ts";
import { loadConfig, readConfig } from "../config/load.ts";
import { findJanus } from "../supervisor/janus_install.ts";
import { type Command, EXIT, UsageError } from "./command.ts";
import { parseFlags } from "./flags.ts";

/** `nalgate config`: what the configuration says, and what is wrong with it. */
export const configCommand: Command = {
  summary: "check the configuration, or print what it comes to",
  help: `Usage: nalgate config check|print [--config FILE]

check   prints ok, or every problem with its file, line and key (exit code 78)
print   prints each key's value and where it comes from

  --config FILE   default: $NALGATE_CONFIG, ./nalgate.yaml,
                  /etc/nalgate/nalgate.yaml

Example:
  nalgate config check --config nalgate.yaml
`,
  run: async (args, { env, stdout }) => {
    const flags = parseFlags(args, {
      string: ["config"],
      positional: ["check or print"],
    });
    const options = { file: flags.string("config"), env };
    const [verb] = flags.positional;
    if (verb === "check") {
      const { config, file = "no file, only defaults" } = await loadConfig(
        options,
      );
      await findJanus(config.januses, { path: env("PATH") ?? "" });
      stdout(`ok: ${file}\n`);
      return EXIT.ok;
    }
    if (verb !== "print") {
      throw new UsageError(`unknown "${verb}", expected check or print`);
    }
    for (
      const { key, value, from } of explainConfig(await readConfig(options))
    ) {
      stdout(`${key}: ${value}  # ${from}\n`);
    }
    return EXIT.ok;
  },
};
