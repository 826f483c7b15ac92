/**
 * Which Janus versions to warn of.
 *
 * @module
 */

/**
 * Older ones parse SDPs without a bound (janus-gateway PR-3636), and fixes
 * are not carried back (its SECURITY.md).
 */
const FIXED = [1, 4, 1];

/** What to say against a version such as `1.1.2`, if anything. */
export function versionWarning(version: string): string | undefined {
  const parts = /^(\d+)\.(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number);
  if (parts === undefined) return undefined;
  const differing = FIXED.findIndex((part, at) => part !== parts[at]);
  const isOld = differing !== -1 &&
    (parts[differing] ?? 0) < (FIXED[differing] ?? 0);
  return isOld ? `older than ${FIXED.join(".")}: lacks PR-3636` : undefined;
}
