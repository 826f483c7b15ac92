import type { Config } from "../config/config.ts";
import type { GatewayReady } from "../config/handover.ts";
import { loadConfig } from "../config/load.ts";
import { ConfigError } from "../config/problem.ts";
import { Users } from "../gateway/auth/users.ts";
import { isExposed, openJanuses } from "../gateway/exposure.ts";
import { findJanus } from "../supervisor/janus_install.ts";
import { supervise } from "../supervisor/run.ts";
import { type Command, type Context, EXIT } from "./command.ts";
import { parseFlags } from "./flags.ts";

/** `nalgate serve`: the supervisor of gateway and engine. */
export const serveCommand: Command = {
  summary: "run gateway and media servers from a configuration file",
  help:
    `Usage: nalgate serve [--config FILE] [--listen ADDRESS] [--log-level LEVEL]
                     [--allow-insecure-upstream]

Runs the gateway, for cameras with a sink the engine, and each Janus that the
configuration spawns: processes with just the permissions that each needs. A
process that dies is started again.
SIGTERM ends all of it within ten seconds, a second one at once. The
configuration is read again when its file changes, and on SIGHUP: viewers who
are not affected keep their picture, and an invalid one changes nothing.

  --config FILE       default: $NALGATE_CONFIG, ./nalgate.yaml,
                      /etc/nalgate/nalgate.yaml
  --listen ADDRESS    stands above the file's listen
  --log-level LEVEL   stands above the file's log.level
  --allow-insecure-upstream
                      take a Janus on another machine that has no api_secret

Example:
  nalgate serve --config nalgate.yaml
`,
  run: async (args, context) => {
    const flags = parseFlags(args, {
      string: ["config", "listen", "log-level"],
      boolean: [ALLOW_INSECURE],
    });
    const above = new Map<string, { flag: string; value: string }>();
    const rows = [["listen", "listen"], ["log.level", "log-level"]] as const;
    for (const [key, name] of rows) {
      const value = flags.string(name);
      if (value !== undefined) above.set(key, { flag: `--${name}`, value });
    }
    const { env } = context;
    const load = async (from: string | undefined) => {
      const loaded = await loadConfig({ file: from, env, flags: above });
      const { januses } = loaded.config;
      const install = await findJanus(januses, { path: env("PATH") ?? "" });
      return { ...loaded, install };
    };
    const { config, file, install } = await load(flags.string("config"));
    const mayBeInsecure = flags.boolean(ALLOW_INSECURE);
    const danger = await dangerIn(config, { mayBeInsecure });
    if (danger !== undefined) {
      context.stderr(`nalgate: ${danger.text}\n`);
      return EXIT.config;
    }
    const log = context.logger("supervisor", config.logLevel);
    log.info("configured", { file, cameras: config.cameras.length });
    return await supervise({
      config,
      login: false,
      anyPort: false,
      install,
      others: [],
      onReady: announcer(context),
      env,
      log,
    }, {
      // The file that was found: without it another would be looked for.
      file,
      load: async () => {
        const setup = await load(file);
        const danger = await dangerIn(setup.config, { mayBeInsecure });
        if (danger === undefined) return setup;
        throw new ConfigError([{ where: file ?? "", ...danger }]);
      },
    });
  },
};

const ALLOW_INSECURE = "allow-insecure-upstream";

/** What a valid configuration would open to strangers, and its key. */
async function dangerIn(
  config: Config,
  { mayBeInsecure }: { readonly mayBeInsecure: boolean },
): Promise<{ readonly key: string; readonly text: string } | undefined> {
  if (await isOpenToStrangers(config)) {
    return { key: "listen", text: noUserYet(config) };
  }
  const [open] = mayBeInsecure ? [] : openJanuses(config);
  if (open === undefined) return undefined;
  const { key, url } = open;
  const text = `${key} lets in whoever reaches ${url}: set api_secret in its ` +
    `janus.jcfg and api_secret_file here, or say --${ALLOW_INSECURE}`;
  return { key, text };
}

/**
 * Nobody could sign in where strangers could come in: no user of ours, and
 * nobody else who says who people are.
 */
async function isOpenToStrangers(
  { listen, stateDir, access }: Config,
): Promise<boolean> {
  const { identityProviders, proxyAuth } = access;
  const isGuarded = identityProviders.length + proxyAuth.peers.length > 0;
  return isExposed(listen) && !isGuarded &&
    (await Users.open(stateDir)).all.length === 0;
}

function noUserYet({ listen }: Config): string {
  return `nobody can sign in yet, so it does not listen on ` +
    `${listen.hostname}: make the first user with "nalgate user add NAME", ` +
    `or listen on 127.0.0.1 first and use the setup link that is printed`;
}

/** Tells the person where to go: once, and again when a link is new. */
function announcer({ stdout }: Context): (answer: GatewayReady) => void {
  let said = "";
  return ({ url, link }) => {
    const text = link === undefined
      ? `nalgate is at ${url}\n`
      : `nalgate is at ${url}\nNobody can sign in yet. Create the first user ` +
        `with this link; it works once, for 15 minutes:\n${link}\n`;
    if (text !== said) stdout(text);
    said = text;
  };
}
