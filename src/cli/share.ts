import { type Address, isName } from "../config/config.ts";
import { loadConfig } from "../config/load.ts";
import { parseDuration } from "../config/scalar.ts";
import { may } from "../gateway/auth/principal.ts";
import {
  SHARE_NOTE,
  shareLink,
  type ShareRecord,
  Shares,
} from "../gateway/auth/share.ts";
import { Users } from "../gateway/auth/users.ts";
import { baseUrl } from "../gateway/origin.ts";
import { SHARE_AGE_MAX_MS } from "../limits.ts";
import { type Command, type Context, EXIT, UsageError } from "./command.ts";
import { type Flags, parseFlags } from "./flags.ts";
import { dateOf, failureOf, runSubcommand, stateFolder } from "./state.ts";

const fail = failureOf("share");

/** `nalgate share`: links by which others view one camera. */
export const shareCommand: Command = {
  summary: "create, revoke and list links to a camera",
  help:
    `Usage: nalgate share create --camera NAME --user NAME [--ttl 2h] [--note TEXT]
       nalgate share revoke ID
       nalgate share list

Whoever has the link may view this one camera, without a name or a password,
until it ends or is revoked: then their pictures end within two seconds.

  --camera NAME  the camera, such as front or garage/front
  --user NAME    whose link it is; they must administer the camera, and the
                 link ends with that right
  --ttl TIME     how long it works: 10m, 2h (default), 1d, at most 7d
  --note TEXT    for whom it is; shown in lists and in the log
  --config FILE  the configuration that names state folder and public_url

Example:
  nalgate share create --camera front --user ann --ttl 2h --note "the plumber"
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
    string: ["config", "camera", "user", "ttl", "note"],
  });
  const camera = cameraOf(flags.string("camera"));
  const name = flags.string("user");
  if (name === undefined) throw new UsageError("--user NAME is missing");
  const ageMaxMs = ageOf(flags.string("ttl") ?? "2h");
  const note = noteOf(flags.string("note"));
  const { shares, stateDir } = await openState(flags, context);
  const user = (await Users.open(stateDir)).find(name);
  if (user === undefined) return fail(`there is no user ${name}`, context);
  if (!may({ grants: user.grants, scope: undefined }, "admin", camera)) {
    return fail(`${name} does not administer ${camera}`, context);
  }
  const { code, share } = await shares.create({
    camera,
    note,
    ageMaxMs,
    creator: { userId: user.id, user: user.name },
  });
  const base = baseUrl(await addresses(flags, context));
  context.stdout(`${shareLink(base, code)}\n`);
  context.stderr(`link ${share.id}, until ${dateOf(share.expiresAt)}\n`);
  return EXIT.ok;
}

async function revoke(
  args: readonly string[],
  context: Context,
): Promise<number> {
  const flags = parseFlags(args, { string: ["config"], positional: ["ID"] });
  const [id = ""] = flags.positional;
  const { shares } = await openState(flags, context);
  if (!await shares.revoke(id)) return fail("there is no such link", context);
  context.stdout("link revoked\n");
  return EXIT.ok;
}

async function list(
  args: readonly string[],
  context: Context,
): Promise<number> {
  const flags = parseFlags(args, { string: ["config"] });
  const { shares } = await openState(flags, context);
  for (const share of shares.all) context.stdout(`${describe(share)}\n`);
  return EXIT.ok;
}

function describe({ id, camera, creator, note, expiresAt }: ShareRecord) {
  return [
    id,
    camera,
    `by ${creator.user}`,
    `until ${dateOf(expiresAt)}`,
    ...note === undefined ? [] : [note],
  ].join("  ");
}

async function openState(flags: Flags, context: Context) {
  const stateDir = await stateFolder(flags, context);
  return { stateDir, shares: await Shares.open({ stateDir, now: Date.now }) };
}

async function addresses(
  flags: Flags,
  { env }: Context,
): Promise<{ publicUrl: string | undefined; listen: Address }> {
  const { config } = await loadConfig({ file: flags.string("config"), env });
  return config;
}

function cameraOf(text: string | undefined): string {
  if (text === undefined) throw new UsageError("--camera NAME is missing");
  const parts = text.split("/");
  if (parts.length <= 2 && parts.every(isName)) return text;
  throw new UsageError(`--camera "${text}" is no camera's name`);
}

function ageOf(text: string): number {
  const ageMs = parseDuration(text);
  if (ageMs !== undefined && ageMs <= SHARE_AGE_MAX_MS) return ageMs;
  throw new UsageError(`--ttl "${text}" is none of 10m, 2h, 1d … 7d`);
}

function noteOf(text: string | undefined): string | undefined {
  const parsed = SHARE_NOTE.optional().safeParse(text);
  if (parsed.success) return parsed.data;
  throw new UsageError("--note takes a line of at most 100 characters");
}
