import type { Grant } from "../config/grant.ts";
import {
  isGoodPassword,
  parsePassword,
  Passwords,
} from "../gateway/auth/password.ts";
import { newTotp, totpUri } from "../gateway/auth/totp.ts";
import { isUserName, Users } from "../gateway/auth/users.ts";
import { PASSWORD_LENGTH_MIN, PASSWORD_SIZE_MAX } from "../limits.ts";
import { type Command, type Context, EXIT, UsageError } from "./command.ts";
import { type Flags, parseFlags } from "./flags.ts";
import { readHtpasswd } from "./htpasswd.ts";
import { readPassword } from "./password_input.ts";
import {
  describeGrants,
  failureOf,
  openConfig,
  optionalGrantsOf,
  rolesOf,
  runSubcommand,
  stateFolder,
} from "./state.ts";

const fail = failureOf("user");

/** `nalgate user`: who may sign in, and see what. */
export const userCommand: Command = {
  summary: "add, change, remove and list users",
  help: `Usage: nalgate user add NAME --camera GLOB [--admin] [--role ROLE]
       nalgate user grant NAME [--camera GLOB] [--admin] [--role ROLE]
       nalgate user import FILE [--camera GLOB] [--admin] [--role ROLE]
       nalgate user passwd NAME
       nalgate user totp NAME on|off
       nalgate user del NAME
       nalgate user list

Changes count at once, while nalgate runs. The password is asked for, or read
as the first line of standard input. A new password ends the user's sessions,
but not their tokens: nalgate token revoke does. grant replaces all rights of a
user; live pictures end or go on by the new ones. import reads the bcrypt lines
of a htpasswd file, as "htpasswd -B" or PiKVM writes it.

With totp on, signing in takes a code of an authenticator app as well. Its
secret is shown once, as a link that qrencode makes a QR code of.

  --camera GLOB  cameras that the user may see: a name, with * for any part
                 of it; '**' for all. May be given several times
  --admin        they may administer these cameras too
  --role ROLE    they have this role of the configuration. May be given several
                 times, with or without --camera
  --config FILE  the configuration that names the state folder

Example:
  nalgate user add ann --camera front --camera 'lab*'
`,
  run: (args, context) =>
    runSubcommand(args, {
      add: (rest) => add(rest, context),
      grant: (rest) => grant(rest, context),
      import: (rest) => importFile(rest, context),
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
  const flags = parseFlags(args, RIGHTS_FLAGS);
  const [name = ""] = flags.positional;
  if (!isUserName(name)) {
    throw new UsageError(`"${name}" is no user name: a-z 0-9 . _ @ - only`);
  }
  const { users, rights } = await openRights(flags, context);
  if (rights.grants.length + rights.roles.length === 0) {
    throw new UsageError("--camera GLOB or --role ROLE is missing");
  }
  if (users.find(name) !== undefined) return fail(`${name} exists`, context);
  const password = await newPassword(context);
  if (password === undefined) return EXIT.failed;
  const added = await users.add({ name, password, ...rights });
  if (added === undefined) return fail(`${name} cannot be added`, context);
  context.stdout(`${name} added\n`);
  return EXIT.ok;
}

async function grant(
  args: readonly string[],
  context: Context,
): Promise<number> {
  const flags = parseFlags(args, RIGHTS_FLAGS);
  const [name = ""] = flags.positional;
  const { users, rights } = await openRights(flags, context);
  const user = users.find(name);
  if (user === undefined) return fail(`there is no user ${name}`, context);
  await users.change(user.id, rights);
  const text = describeGrants(rights.grants, rights.roles);
  context.stdout(`${name}  ${text === "" ? "no rights" : text}\n`);
  return EXIT.ok;
}

async function importFile(
  args: readonly string[],
  context: Context,
): Promise<number> {
  const flags = parseFlags(args, { ...RIGHTS_FLAGS, positional: ["FILE"] });
  const [file = ""] = flags.positional;
  const { users, rights } = await openRights(flags, context);
  let failures = 0;
  for (const { line, name, hash, problem } of await readHtpasswd(file)) {
    const added = problem === undefined
      ? await users.add({ name, password: hash, ...rights })
      : undefined;
    if (added !== undefined) {
      context.stdout(`${name} added\n`);
      continue;
    }
    failures++;
    fail(`${file}:${line}: ${problem ?? `${name} cannot be added`}`, context);
  }
  return failures === 0 ? EXIT.ok : EXIT.failed;
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
  for (const { name, grants, roles, password, totp } of users.all) {
    const note = password === undefined
      ? "  (no password)"
      : totp === undefined
      ? ""
      : "  (with a code)";
    context.stdout(`${name}  ${describeGrants(grants, roles)}${note}\n`);
  }
  return EXIT.ok;
}

interface Rights {
  readonly grants: readonly Grant[];
  readonly roles: readonly string[];
}

const RIGHTS_FLAGS = {
  string: ["config"],
  collect: ["camera", "role"],
  boolean: ["admin"],
  positional: ["NAME"],
} as const;

/** The users, and the rights that the flags spell. */
async function openRights(
  flags: Flags,
  context: Context,
): Promise<{ users: Users; rights: Rights }> {
  const grants = optionalGrantsOf(flags);
  const config = await openConfig(flags, context);
  const roles = rolesOf(flags, config);
  return {
    users: await Users.open(config.stateDir),
    rights: { grants, roles },
  };
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
