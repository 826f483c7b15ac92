/**
 * Which Janus versions to warn of.
 *
 * @module
 */

/** The first version with the memory-safety fixes of PR-3636. */
const SAFE_VERSION = [1, 4, 1];

/** What to say of a version that {@linkcode isOld}. */
export const OLD_JANUS = "old: 1.4.1 closes holes in memory safety (PR-3636)";

/** Whether a version has known holes that a newer one closes. */
export function isOld(version: string): boolean {
  const parts = version.split(".").map((part) => parseInt(part));
  for (const [index, safe] of SAFE_VERSION.entries()) {
    const part = parts[index] ?? 0;
    if (part !== safe) return part < safe;
  }
  return false;
}
