/**
 * Rights on cameras, as users, roles and tokens carry them.
 *
 * @module
 */

/** What a grant allows. `admin` includes `view`. */
export type Right = "view" | "admin";

/** A right on some cameras. */
export interface Grant {
  readonly right: Right;
  /**
   * A glob over camera keys: `*` stands for anything within one segment, `**`
   * for anything. A camera of another device is `device/camera`.
   */
  readonly cameras: string;
}

const GLOB = /^(?:[a-z0-9_-]|\*)+(?:\/(?:[a-z0-9_-]|\*)+)*$/;
const GLOB_SIZE_MAX = 130;

/** Whether a text is a glob over cameras. */
export function isCameraGlob(text: string): boolean {
  return text.length <= GLOB_SIZE_MAX && GLOB.test(text);
}

/**
 * Whether a glob covers a camera. All places reached are followed at once, so
 * that no glob can take more than its length times that of the key.
 */
export function matchesGlob(glob: string, camera: string): boolean {
  const tokens = glob.match(/\*+|[^*]/g) ?? [];
  let reached = new Set([0]);
  for (const token of tokens) {
    const next = new Set<number>();
    for (const at of reached) {
      if (!token.startsWith("*")) {
        if (camera[at] === token) next.add(at + 1);
        continue;
      }
      for (let end = at; end <= camera.length; end++) {
        next.add(end);
        if (token === "*" && camera[end] === "/") break;
      }
    }
    reached = next;
  }
  return reached.has(camera.length);
}
