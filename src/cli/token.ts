import { parseDuration } from "../config/scalar.ts";
import { type MachineRecord, Machines } from "../gateway/auth/machine.ts";
import { type TokenRecord, Tokens } from "../gateway/auth/token.ts";
import { isUserName, Users } from "../gateway/auth/users.ts";
import { TOKEN_AGE_MAX_MS } from "../limits.ts";
import { type Command, type Context, EXIT, UsageError } from "./command.ts";
import { type Flags, parseFlags } from "./flags.ts";
import {
  dateOf,
  describeGrants,
  failureOf,
  grantsOf,
  runSubcommand,
  stateFolder,
} from "./state.ts";

const fail = failureOf("token");

/** `nalgate token`: bearer tokens for programs. */
export const tokenCommand: Command = {
  summary: "create, revoke and list bearer tokens",
  help:
    `Usage: nalgate token create --user NAME --camera GLOB [--ttl 1h] [--admin]
       nalgate token create --machine NAME --camera GLOB [--ttl 90d] [--admin]
       nalgate token revoke ID
       nalgate token revoke --user NAME | --machine NAME
       nalgate token list

A user's token lets a program do what its user may do, on these cameras only.
A machine's token has no user behind it, and stands until it is revoked. Both
are sent as "Authorization: Bearer TOKEN". A token is shown once, and never
stored; revoking it ends what runs on it within two seconds.

  --user NAME    whose rights it carries
  --machine NAME what lists and logs call the machine
  --camera GLOB  cameras that it is good for. May be given several times
  --ttl TIME     how long it lives: 30s, 10m, 1h (default), at most 24h; a
                 machine's any time, without --ttl for good
  --admin        good for administering these cameras, if the user may
  --speaks-for-users
                 another nalgate may use this machine's token for users of its
                 own: it says who they are, and the log here has their names
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
    string: ["config", "user", "machine", "ttl"],
    collect: ["camera"],
    boolean: ["admin", "speaks-for-users"],
  });
  const [user, machine] = [flags.string("user"), flags.string("machine")];
  if ((user === undefined) === (machine === undefined)) {
    throw new UsageError("either --user NAME or --machine NAME says whose");
  }
  if (machine !== undefined) {
    return await createMachine(machine, flags, context);
  }
  if (flags.boolean("speaks-for-users")) {
    throw new UsageError("--speaks-for-users goes with --machine only");
  }
  return await createForUser(user ?? "", flags, context);
}

async function createForUser(
  name: string,
  flags: Flags,
  context: Context,
): Promise<number> {
  const ageMaxMs = parseAge(flags.string("ttl") ?? "1h", TOKEN_AGE_MAX_MS);
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

async function createMachine(
  name: string,
  flags: Flags,
  context: Context,
): Promise<number> {
  if (!isUserName(name)) {
    throw new UsageError(`"${name}" is no name: a-z 0-9 . _ @ - only`);
  }
  const ttl = flags.string("ttl");
  const ageMaxMs = ttl === undefined ? undefined : parseAge(ttl);
  const grants = grantsOf(flags);
  const speaksForUsers = flags.boolean("speaks-for-users");
  const { machines } = await openState(flags, context);
  const { token, record } = await machines.issue({
    name,
    grants,
    speaksForUsers,
    ageMaxMs,
  });
  context.stdout(`${token}\n`);
  context.stderr(`token ${record.id} of machine ${name}, ${endOf(record)}\n`);
  return EXIT.ok;
}

async function revoke(
  args: readonly string[],
  context: Context,
): Promise<number> {
  const flags = parseFlags(args, {
    string: ["config", "user", "machine"],
    positional: ["ID?"],
  });
  const [user, machine] = [flags.string("user"), flags.string("machine")];
  const [id] = flags.positional;
  const given = [user, machine, id].filter((text) => text !== undefined);
  if (given.length !== 1) {
    throw new UsageError(
      "either ID, --user NAME or --machine NAME says what to revoke",
    );
  }
  const { users, tokens, machines } = await openState(flags, context);
  const userId = user === undefined ? undefined : users.find(user)?.id;
  if (user !== undefined && userId === undefined) {
    return fail(`there is no user ${user}`, context);
  }
  const count =
    await tokens.revoke((record) =>
      record.id === id || record.userId === userId
    ) + await machines.revoke((record) =>
      record.id === id || record.name === machine
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
  const { users, tokens, machines } = await openState(flags, context);
  const lines = [
    ...tokens.all.map((record) => describeToken(record, users)),
    ...machines.all.map(describeMachine),
  ];
  for (const line of lines) context.stdout(`${line}\n`);
  return EXIT.ok;
}

function describeToken(record: TokenRecord, users: Users): string {
  const { id, userId, scope } = record;
  const user = users.byId(userId)?.name ?? "(removed)";
  return [id, user, describeGrants(scope), endOf(record)].join("  ");
}

function describeMachine(record: MachineRecord): string {
  const { id, name, grants, speaksForUsers } = record;
  return [
    id,
    `machine ${name}`,
    describeGrants(grants),
    endOf(record),
    ...speaksForUsers ? ["speaks for users"] : [],
  ].join("  ");
}

function endOf({ expiresAt }: { expiresAt?: number | undefined }): string {
  return expiresAt === undefined
    ? "until it is revoked"
    : `until ${dateOf(expiresAt)}`;
}

async function openState(
  flags: Flags,
  context: Context,
): Promise<{ users: Users; tokens: Tokens; machines: Machines }> {
  const stateDir = await stateFolder(flags, context);
  return {
    users: await Users.open(stateDir),
    tokens: await Tokens.open({ stateDir, now: Date.now }),
    machines: await Machines.open({ stateDir, now: Date.now }),
  };
}

function parseAge(text: string, maxMs = Infinity): number {
  const ageMs = parseDuration(text);
  if (ageMs !== undefined && ageMs <= maxMs) return ageMs;
  const examples = maxMs === Infinity ? "10m, 1h, 90d" : "30s, 10m, 1h … 24h";
  throw new UsageError(`--ttl "${text}" is none of ${examples}`);
}
