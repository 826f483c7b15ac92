/**
 * Files that Apache's `htpasswd` and PiKVM keep their users in.
 *
 * @module
 */

import { bcryptCost } from "../gateway/auth/password_task.ts";
import { isUserName } from "../gateway/auth/users.ts";
import { BCRYPT_COST_MAX, HTPASSWD_SIZE_MAX } from "../limits.ts";
import { UsageError } from "./command.ts";

/** One user in such a file. */
export interface HtpasswdLine {
  /** Its number, from 1. */
  readonly line: number;
  readonly name: string;
  readonly hash: string;
  /** Why it cannot be taken, if so. Never quotes the line. */
  readonly problem: string | undefined;
}

/** Reads the users of a file. */
export async function readHtpasswd(
  path: string,
): Promise<readonly HtpasswdLine[]> {
  try {
    const { size } = await Deno.stat(path);
    if (size > HTPASSWD_SIZE_MAX) throw new TypeError("it is too large");
    return parseHtpasswd(await Deno.readTextFile(path));
  } catch (error) {
    const reason = error instanceof Error ? error.message : "";
    throw new UsageError(`${path} cannot be read: ${reason}`);
  }
}

/** The users in a file's text. */
export function parseHtpasswd(text: string): readonly HtpasswdLine[] {
  return text.split(/\r?\n/).map((content, index) => {
    const [name = "", hash = ""] = content.split(":");
    return { content, line: index + 1, name, hash };
  }).filter(({ content }) => !/^\s*(?:#|$)/.test(content))
    .map(({ line, name, hash }) => ({
      line,
      name,
      hash,
      problem: problemOf(name, hash),
    }));
}

function problemOf(name: string, hash: string): string | undefined {
  if (!isUserName(name)) return "no user name: a-z 0-9 . _ @ - only";
  const cost = bcryptCost(hash);
  if (cost === undefined) return "no bcrypt hash; see htpasswd -B";
  return cost > BCRYPT_COST_MAX
    ? "a bcrypt hash that takes too long"
    : undefined;
}
