/**
 * What can be told without the network: the configuration, files, this
 * machine.
 *
 * @module
 */

import { join } from "@std/path";
import type { Config } from "../../config/config.ts";
import { ConfigError, problemLine } from "../../config/problem.ts";
import { Users } from "../../gateway/auth/users.ts";
import { isExposed } from "../../gateway/exposure.ts";
import { CLOCK_YEAR_MAX, CLOCK_YEAR_MIN } from "../../limits.ts";
import { findJanus } from "../../supervisor/janus_install.ts";
import { fail, type Finding, ok, warn } from "./finding.ts";

/** A check's outside. */
export interface LocalContext {
  readonly env: (name: string) => string | undefined;
  readonly now: () => Date;
}

/** One check; what it does not apply to, it says nothing of. */
type LocalCheck = (
  config: Config,
  context: LocalContext,
) => readonly Finding[] | Promise<readonly Finding[]>;

/** All of them, in the order of the report. */
export const LOCAL_CHECKS: readonly LocalCheck[] = [
  stateFolder,
  firstUser,
  publicUrl,
  trustedProxies,
  metrics,
  spawnedJanus,
  clock,
];

const STATE_REMEDY = "let it belong to nalgate's user alone, mode 700";

async function stateFolder({ stateDir }: Config): Promise<Finding[]> {
  const about = "state";
  const facts = await Deno.stat(stateDir).catch(() => undefined);
  if (facts === undefined) {
    return [ok(about, `${stateDir} is made at the first start`)];
  }
  const probe = join(stateDir, `.doctor-${crypto.randomUUID()}`);
  let uid: number | null;
  try {
    await Deno.writeTextFile(probe, "", { createNew: true, mode: 0o600 });
    ({ uid } = await Deno.stat(probe));
    await Deno.remove(probe);
  } catch (error) {
    const text = `${stateDir} cannot be written: ${(error as Error).name}`;
    return [fail(about, { text, remedy: STATE_REMEDY })];
  }
  const remedy = STATE_REMEDY;
  // Root may write to the folder of anybody.
  if (facts.uid !== uid) {
    return [
      warn(about, { text: `${stateDir} belongs to another user`, remedy }),
    ];
  }
  const mode = (facts.mode ?? 0) & 0o777;
  const text = `${stateDir} has mode ${mode.toString(8)}: others can look in`;
  return (mode & 0o077) === 0
    ? [ok(about, stateDir)]
    : [fail(about, { text, remedy })];
}

async function firstUser({ stateDir, listen }: Config): Promise<Finding[]> {
  const users = await Users.open(stateDir).catch(() => undefined);
  if (users === undefined) {
    const text = "the list of users cannot be read";
    return [fail("users", { text, remedy: "look at users.json" })];
  }
  const count = users.all.length;
  if (count > 0) return [ok("users", `${count} can sign in`)];
  const remedy = "nalgate user add NAME --camera GLOB";
  return isExposed(listen)
    ? [fail("users", { text: "there are none, so it does not listen", remedy })]
    : [warn("users", { text: "nobody can sign in yet", remedy })];
}

function publicUrl(
  { listen, publicUrl, trustedProxies }: Config,
): Finding[] {
  const about = "public_url";
  const hasStrangers = isExposed(listen) || trustedProxies.length > 0;
  if (!hasStrangers) return [ok(about, publicUrl ?? "this machine only")];
  const remedy = "set it to the address in the browser's address bar";
  if (publicUrl === undefined) {
    const text = "is not set, though others than this machine come";
    return [warn(about, { text, remedy })];
  }
  if (publicUrl.startsWith("https:")) return [ok(about, publicUrl)];
  return [warn(about, {
    text: "is http: whoever is on the way reads passwords and cookies",
    remedy: "put a reverse proxy with TLS in front, and set it to https://…",
  })];
}

/** nalgate itself speaks no TLS: an https URL means a proxy. */
function trustedProxies(
  { publicUrl, trustedProxies }: Config,
): Finding[] {
  const about = "trusted_proxies";
  if (!publicUrl?.startsWith("https:")) return [];
  if (trustedProxies.length > 0) return [ok(about, trustedProxies.join(", "))];
  return [warn(about, {
    text: "is empty, though public_url is that of a proxy: all who come " +
      "through it count as one client and share its limits",
    remedy: "name the proxy's address, such as 127.0.0.1",
  })];
}

function metrics({ metricsListen }: Config): Finding[] {
  if (metricsListen === undefined) return [];
  const { hostname, port } = metricsListen;
  const about = "metrics.listen";
  if (!isExposed(metricsListen)) return [ok(about, `${hostname}:${port}`)];
  return [warn(about, {
    text: "others than this machine can read names of cameras there",
    remedy: "listen on 127.0.0.1, or let a firewall guard it",
  })];
}

async function spawnedJanus(
  { januses }: Config,
  { env }: LocalContext,
): Promise<Finding[]> {
  if (januses.length === 0) return [];
  try {
    const install = await findJanus(januses, { path: env("PATH") ?? "" });
    return [ok("janus: spawn", install?.plugin ?? "")];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map((problem) =>
      fail("janus: spawn", {
        text: problemLine(problem),
        remedy: "install it, or take the built-in engine",
      })
    );
  }
}

function clock(_config: Config, { now }: LocalContext): Finding[] {
  const year = now().getUTCFullYear();
  if (year >= CLOCK_YEAR_MIN && year <= CLOCK_YEAR_MAX) {
    return [ok("clock", now().toISOString())];
  }
  return [fail("clock", {
    text: `it is ${year}: sessions, tokens and TURN credentials go by it`,
    remedy: "let the machine set its clock by NTP before nalgate starts",
  })];
}
