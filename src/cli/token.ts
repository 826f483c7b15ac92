import { parseDuration } from "../config/scalar.ts";
import { type TokenRecord, Tokens } from "../gateway/auth/token.ts";
import { Users } from "../gateway/auth/users.ts";
import { TOKEN_AGE_MAX_MS } from "../limits.ts";
import { type Command, type Context, EXIT, UsageError } from "./command.ts";
import { type Flags, parseFlags } from "./flags.ts";
import {
  describeGrants,
  grantsOf,
  runSubcommand,
  stateFolder,
} from "./state.ts";

/** `nalgate token`: bearer tokens for programs. */
export const tokenCommand: Command = {
  summary: "create, revoke and list bearer tokens",
  help:
    `Usage: nalgate token create --user NAME --camera GLOB [--ttl 1h] [--admin]
       nalgate token revoke ID
       nalgate token revoke --user NAME
       nalgate token list

A token lets a program do what its user may do, on these cameras only. It is
sent as "Authorization: Bearer TOKEN". It is shown once, and never stored;
revoking it ends what runs on it within two seconds.

  --user NAME    whose rights it carries
  --camera GLOB  cameras that it is good for. May be given several times
  --ttl TIME     how long it lives: 30s, 10m, 1h (default), at most 24h
  --admin        good for administering these cameras, if the user may
  --config FILE  the configuration that names the state folder

Example:
  curl -H "Authorization: Bearer $(nalgate token create --user ann \\
    --camera front --ttl 10m)" http://127.0.0.1:8080/api/cameras
`,
  run: (args, context) =>
    runSubcommand(args, {
      create: (rest) => create(rest, context),
      revoke: (rest) => revoke(rest, context),
      list: (rest) => list(rest, context),
    }),
};

async function create(
  args: readonly string[],
  context: Context,
): Promise<number> {
  const flags = parseFlags(args, {
    string: ["config", "user", "ttl"],
    collect: ["camera"],
    boolean: ["admin"],
  });
  const name = flags.string("user");
  if (name === undefined) throw new UsageError("--user NAME is missing");
  const ageMaxMs = parseAge(flags.string("ttl") ?? "1h");
  const scope = grantsOf(flags);
  const { users, tokens } = await openState(flags, context);
  const user = users.find(name);
  if (user === undefined) return fail(`there is no user ${name}`, context);
  const { token, record } = await tokens.issue({ user, scope, ageMaxMs });
  context.stdout(`${token}\n`);
  context.stderr(
    `token ${record.id} of ${name}, until ${dateOf(record.expiresAt)}\n`,
  );
  return EXIT.ok;
}

async function revoke(
  args: readonly string[],
  context: Context,
): Promise<number> {
  const flags = parseFlags(args, {
    string: ["config", "user"],
    positional: ["ID?"],
  });
  const name = flags.string("user");
  const [id] = flags.positional;
  if ((name === undefined) === (id === undefined)) {
    throw new UsageError("either ID or --user NAME says what to revoke");
  }
  const { users, tokens } = await openState(flags, context);
  const userId = name === undefined ? undefined : users.find(name)?.id;
  if (name !== undefined && userId === undefined) {
    return fail(`there is no user ${name}`, context);
  }
  const count = await tokens.revoke((record) =>
    id === undefined ? record.userId === userId : record.id === id
  );
  if (count === 0) return fail("there is no such token", context);
  context.stdout(`${count} revoked\n`);
  return EXIT.ok;
}

async function list(
  args: readonly string[],
  context: Context,
): Promise<number> {
  const flags = parseFlags(args, { string: ["config"] });
  const { users, tokens } = await openState(flags, context);
  for (const record of tokens.all) {
    context.stdout(`${describe(record, users)}\n`);
  }
  return EXIT.ok;
}

function describe(
  { id, userId, scope, expiresAt }: TokenRecord,
  users: Users,
): string {
  const user = users.byId(userId)?.name ?? "(removed)";
  return [id, user, describeGrants(scope), `until ${dateOf(expiresAt)}`]
    .join("  ");
}

async function openState(
  flags: Flags,
  context: Context,
): Promise<{ users: Users; tokens: Tokens }> {
  const stateDir = await stateFolder(flags, context);
  return {
    users: await Users.open(stateDir),
    tokens: await Tokens.open({ stateDir, now: Date.now }),
  };
}

function parseAge(text: string): number {
  const ageMs = parseDuration(text);
  if (ageMs !== undefined && ageMs <= TOKEN_AGE_MAX_MS) return ageMs;
  throw new UsageError(`--ttl "${text}" is none of 30s, 10m, 1h … 24h`);
}

function dateOf(time: number): string {
  return new Date(time).toISOString();
}

function fail(reason: string, { stderr }: Context): number {
  stderr(`nalgate token: ${reason}\n`);
  return EXIT.failed;
}
