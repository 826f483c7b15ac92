/**
 * The command line: `nalgate <command> …`.
 *
 * @module
 */

import { type Command, type Context, EXIT, UsageError } from "./cli/command.ts";
import { nearest } from "./config/nearest.ts";
import { ConfigError } from "./config/problem.ts";
import { GatewayError } from "./errors.ts";
import { stderrLogger } from "./log.ts";

/**
 * One row per command, loaded only when it is called for: the gateway's
 * process never loads the engine's native code.
 */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import("./cli/serve.ts")).serveCommand,
  demo: async () => (await import("./cli/demo.ts")).demoCommand,
  feed: async () => (await import("./cli/feed.ts")).feedCommand,
  user: async () => (await import("./cli/user.ts")).userCommand,
  token: async () => (await import("./cli/token.ts")).tokenCommand,
  share: async () => (await import("./cli/share.ts")).shareCommand,
  doctor: async () => (await import("./cli/doctor.ts")).doctorCommand,
  config: async () => (await import("./cli/config.ts")).configCommand,
  version: async () => (await import("./cli/version.ts")).versionCommand,
  gateway: async () => (await import("./cli/gateway.ts")).gatewayCommand,
  engine: async () => (await import("./cli/engine.ts")).engineCommand,
  "doctor-net": async () =>
    (await import("./cli/doctor_net.ts")).doctorNetCommand,
  "demo-feed": async () => (await import("./cli/demo_feed.ts")).demoFeedCommand,
};

/** Runs one command line and returns the exit code. */
export async function main(
  args: readonly string[],
  context: Context,
): Promise<number> {
  const [name = "help", ...rest] = args;
  if (name === "help" || name === "--help" || name === "-h") {
    return await help(rest[0], context);
  }
  const word = name === "--version" || name === "-V" ? "version" : name;
  const load = Object.hasOwn(COMMANDS, word) ? COMMANDS[word] : undefined;
  if (load === undefined) return unknownCommand(name, context);
  if (wantsHelp(rest)) return await help(word, context);
  try {
    return await (await load()).run(rest, context);
  } catch (error) {
    return failed(error, word, context);
  }
}

function wantsHelp(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  const flags = end === -1 ? args : args.slice(0, end);
  return flags.includes("--help") || flags.includes("-h");
}

async function help(
  name: string | undefined,
  context: Context,
): Promise<number> {
  if (name !== undefined && !name.startsWith("-")) {
    const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (load === undefined) return unknownCommand(name, context);
    context.stdout((await load()).help);
    return EXIT.ok;
  }
  const rows = await Promise.all(
    Object.entries(COMMANDS).map(async ([name, load]) =>
      `  ${name.padEnd(10)} ${(await load()).summary}\n`
    ),
  );
  context.stdout(`nalgate: H.264 cameras behind one authenticated URL

Usage: nalgate <command> [arguments]

${rows.join("")}
Each command explains itself: nalgate <command> --help

Example:
  nalgate demo
`);
  return EXIT.ok;
}

function unknownCommand(name: string, context: Context): number {
  const near = nearest(name, Object.keys(COMMANDS));
  const hint = near === undefined
    ? "see nalgate help"
    : `did you mean nalgate ${near}?`;
  context.stderr(`nalgate: unknown command "${name}"; ${hint}\n`);
  return EXIT.usage;
}

/** Operating errors become a sentence; a programmer's keep their trace. */
function failed(error: unknown, name: string, context: Context): number {
  if (error instanceof UsageError) {
    context.stderr(
      `nalgate ${name}: ${error.message}; see nalgate ${name} --help\n`,
    );
    return EXIT.usage;
  }
  if (error instanceof ConfigError) {
    context.stderr(`${error.message}\n`);
    return EXIT.config;
  }
  if (error instanceof GatewayError) {
    context.log.error("command failed", {
      command: name,
      code: error.code,
      reason: error.message,
      ...error.context,
    });
    return EXIT.failed;
  }
  throw error;
}

/** The real outside: this process's streams and environment. */
function processContext(): Context {
  const journal = env("JOURNAL_STREAM") !== undefined;
  return {
    log: stderrLogger("nalgate", { journal }),
    logger: (module, level) => stderrLogger(module, { level, journal }),
    stdout: (text) => writeAll(Deno.stdout, text),
    stderr: (text) => writeAll(Deno.stderr, text),
    env,
  };
}

/** A supervised process may read few variables; the rest is not set for it. */
function env(variable: string): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable });
  return state === "granted" ? Deno.env.get(variable) : undefined;
}

function writeAll(
  stream: { writeSync(bytes: Uint8Array): number },
  text: string,
): void {
  const bytes = new TextEncoder().encode(text);
  for (let done = 0; done < bytes.length;) {
    done += stream.writeSync(bytes.subarray(done));
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args, processContext()));
