import type { Config } from "../config/config.ts";
import { loadConfig } from "../config/load.ts";
import { ConfigError, problemLine } from "../config/problem.ts";
import { doctorPermissions } from "../supervisor/permissions.ts";
import { ownProgram } from "../supervisor/programs.ts";
import { type Command, type Context, EXIT } from "./command.ts";
import type { DoctorHandover } from "./doctor_net.ts";
import { fail, type Finding, findingText, ok } from "./doctor/finding.ts";
import { LOCAL_CHECKS } from "./doctor/local_checks.ts";
import { parseFlags } from "./flags.ts";

/** `nalgate doctor`: what is wrong with this installation. */
export const doctorCommand: Command = {
  summary: "look for what is wrong, and say what to do",
  help: `Usage: nalgate doctor [--config FILE] [--json]

Looks at the configuration, the state folder, the way browsers come in, memory
sinks, each Janus, STUN and TURN servers, limits and the clock. One line each:
ok, warn or fail, and below it what to do. Exit code 1 if something fails.

What it cannot see: Janus's admin_secret. Set it in janus.jcfg, for everybody
knows the sample's, or switch the admin API off.

  --config FILE  default: $NALGATE_CONFIG, ./nalgate.yaml,
                 /etc/nalgate/nalgate.yaml
  --json         one array of objects: verdict, about, text, remedy

Example:
  nalgate doctor --config nalgate.yaml
`,
  run: async (args, context) => {
    const flags = parseFlags(args, { string: ["config"], boolean: ["json"] });
    const findings = await examine(flags.string("config"), context);
    context.stdout(
      flags.boolean("json")
        ? JSON.stringify(findings, null, 2) + "\n"
        : findings.map(findingText).join(""),
    );
    const isBad = findings.some(({ verdict }) => verdict === "fail");
    return isBad ? EXIT.failed : EXIT.ok;
  },
};

async function examine(
  name: string | undefined,
  context: Context,
): Promise<readonly Finding[]> {
  const { env } = context;
  const about = "configuration";
  let config: Config;
  let file: string | undefined;
  try {
    ({ config, file } = await loadConfig({ file: name, env }));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const remedy = "nalgate config check says the same; see README.md";
    return error.problems.map((problem) =>
      fail(about, { text: problemLine(problem), remedy })
    );
  }
  const local: Finding[] = [];
  for (const check of LOCAL_CHECKS) {
    local.push(...await check(config, { env, now: () => new Date() }));
  }
  // Loads libc.
  const { nativeFindings } = await import("./doctor/native_checks.ts");
  return [
    ok(about, file ?? "no file, only defaults"),
    ...local,
    ...await nativeFindings(config),
    ...await networkFindings(config, context),
  ];
}

/** Asked by a process that may dial, and nothing else. */
async function networkFindings(
  config: Config,
  { env }: Context,
): Promise<readonly Finding[]> {
  const handover: DoctorHandover = { config };
  const program = ownProgram({
    name: "doctor-net",
    permissions: doctorPermissions(config),
    handover,
    env,
  });
  const child = new Deno.Command(program.command, {
    args: [...program.args],
    env: { ...program.env },
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const input = child.stdin.getWriter();
  const line = JSON.stringify(handover) + "\n";
  // One that dies at once breaks the pipe; what it says is missing then.
  await input.write(new TextEncoder().encode(line)).catch(() => {});
  const { stdout, success } = await child.output();
  await input.close().catch(() => {});
  if (success) return JSON.parse(new TextDecoder().decode(stdout));
  const remedy = "report it, with what stands above";
  return [fail("network", { text: "the checks have ended badly", remedy })];
}
