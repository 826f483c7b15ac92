import {
  isGoodPassword,
  parsePassword,
  Passwords,
} from "../gateway/auth/password.ts";
import { newTotp, totpUri } from "../gateway/auth/totp.ts";
import { isUserName, Users } from "../gateway/auth/users.ts";
import { PASSWORD_LENGTH_MIN, PASSWORD_SIZE_MAX } from "../limits.ts";
import { type Command, type Context, EXIT, UsageError } from "./command.ts";
import { parseFlags } from "./flags.ts";
import { readPassword } from "./password_input.ts";
import {
  describeGrants,
  grantsOf,
  runSubcommand,
  stateFolder,
} from "./state.ts";

/** `nalgate user`: who may sign in, and see what. */
export const userCommand: Command = {
  summary: "add, change, remove and list users",
  help: `Usage: nalgate user add NAME --camera GLOB [--camera GLOB …] [--admin]
       nalgate user passwd NAME
       nalgate user totp NAME on|off
       nalgate user del NAME
       nalgate user list

Changes count at once, while nalgate runs. The password is asked for, or read
as the first line of standard input. A new password ends the user's sessions,
but not their tokens: nalgate token revoke does.

With totp on, signing in takes a code of an authenticator app as well. Its
secret is shown once, as a link that qrencode makes a QR code of.

  --camera GLOB  cameras that the user may see: a name, with * for any part
                 of it; '**' for all. May be given several times
  --admin        they may administer these cameras too
  --config FILE  the configuration that names the state folder

Example:
  nalgate user add ann --camera front --camera 'lab*'
`,
  run: (args, context) =>
    runSubcommand(args, {
      add: (rest) => add(rest, context),
      passwd: (rest) => passwd(rest, context),
      totp: (rest) => totp(rest, context),
      del: (rest) => del(rest, context),
      list: (rest) => list(rest, context),
    }),
};

async function add(
  args: readonly string[],
  context: Context,
): Promise<number> {
  const flags = parseFlags(args, {
    string: ["config"],
    collect: ["camera"],
    boolean: ["admin"],
    positional: ["NAME"],
  });
  const [name = ""] = flags.positional;
  if (!isUserName(name)) {
    throw new UsageError(`"${name}" is no user name: a-z 0-9 . _ @ - only`);
  }
  const grants = grantsOf(flags);
  const users = await Users.open(await stateFolder(flags, context));
  if (users.find(name) !== undefined) return fail(`${name} exists`, context);
  const password = await newPassword(context);
  if (password === undefined) return EXIT.failed;
  const added = await users.add({ name, password, grants });
  if (added === undefined) return fail(`${name} cannot be added`, context);
  context.stdout(`${name} added\n`);
  return EXIT.ok;
}

async function passwd(
  args: readonly string[],
  context: Context,
): Promise<number> {
  const { users, name } = await openUsers(args, context);
  const user = users.find(name);
  if (user === undefined) return fail(`there is no user ${name}`, context);
  const password = await newPassword(context);
  if (password === undefined) return EXIT.failed;
  await users.change(user.id, { password, sessionsFrom: Date.now() });
  context.stdout(`password of ${name} changed, sessions ended\n`);
  return EXIT.ok;
}

async function totp(
  args: readonly string[],
  context: Context,
): Promise<number> {
  const flags = parseFlags(args, {
    string: ["config"],
    positional: ["NAME", "on|off"],
  });
  const [name = "", word = ""] = flags.positional;
  if (word !== "on" && word !== "off") {
    throw new UsageError(`"${word}" is neither on nor off`);
  }
  const users = await Users.open(await stateFolder(flags, context));
  const user = users.find(name);
  if (user === undefined) return fail(`there is no user ${name}`, context);
  const added = word === "on" ? newTotp() : undefined;
  await users.change(user.id, { totp: added });
  if (added === undefined) {
    context.stdout(`${name} signs in by password alone\n`);
    return EXIT.ok;
  }
  context.stdout(`${totpUri(name, added)}\n`);
  context.stderr(
    `${name} needs a code to sign in now; the secret, for apps without a ` +
      `camera: ${added.secret}\n`,
  );
  return EXIT.ok;
}

async function del(args: readonly string[], context: Context): Promise<number> {
  const { users, name } = await openUsers(args, context);
  if (!await users.remove(name)) {
    return fail(`there is no user ${name}`, context);
  }
  context.stdout(`${name} removed\n`);
  return EXIT.ok;
}

async function list(
  args: readonly string[],
  context: Context,
): Promise<number> {
  const flags = parseFlags(args, { string: ["config"] });
  const users = await Users.open(await stateFolder(flags, context));
  for (const { name, grants, password, totp } of users.all) {
    const note = password === undefined
      ? "  (no password)"
      : totp === undefined
      ? ""
      : "  (with a code)";
    context.stdout(`${name}  ${describeGrants(grants)}${note}\n`);
  }
  return EXIT.ok;
}

async function openUsers(
  args: readonly string[],
  context: Context,
): Promise<{ users: Users; name: string }> {
  const flags = parseFlags(args, {
    string: ["config"],
    positional: ["NAME"],
  });
  const [name = ""] = flags.positional;
  return { users: await Users.open(await stateFolder(flags, context)), name };
}

/** The PHC string of a password that the person chose; says what is wrong. */
async function newPassword(context: Context): Promise<string | undefined> {
  const text = await readPassword("New password: ", context.stderr);
  if (text === undefined) return undefined;
  if (new TextEncoder().encode(text).length > PASSWORD_SIZE_MAX) {
    fail(`the password has more than ${PASSWORD_SIZE_MAX} bytes`, context);
    return undefined;
  }
  const password = parsePassword(text);
  if (!isGoodPassword(password)) {
    fail(`the password needs ${PASSWORD_LENGTH_MIN} characters`, context);
    return undefined;
  }
  if (Deno.stdin.isTerminal()) {
    const again = await readPassword("Once more: ", context.stderr);
    if (again === undefined) return undefined;
    if (again !== text) {
      fail("the two differ", context);
      return undefined;
    }
  }
  using passwords = new Passwords();
  return await passwords.hash(password);
}

function fail(reason: string, { stderr }: Context): number {
  stderr(`nalgate user: ${reason}\n`);
  return EXIT.failed;
}
