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

/** Whether a glob covers a camera. */
export function matchesGlob(glob: string, camera: string): boolean {
  return reach(glob, camera).ends.has(camera.length);
}

/** Whether a glob may cover some camera of a device. */
export function reachesDevice(glob: string, device: string): boolean {
  return reach(glob, `${device}/`).isBeyond;
}

/**
 * How far a glob gets. All places reached are followed at once, so that no
 * glob can take more than its length times that of the text.
 */
function reach(
  glob: string,
  text: string,
): { ends: ReadonlySet<number>; isBeyond: boolean } {
  const tokens = glob.match(/\*+|[^*]/g) ?? [];
  let reached = new Set([0]);
  // Whether the whole text was used up with something of the glob to come.
  let isBeyond = false;
  for (const token of tokens) {
    if (reached.has(text.length)) isBeyond = true;
    const next = new Set<number>();
    for (const at of reached) {
      if (!token.startsWith("*")) {
        if (text[at] === token) next.add(at + 1);
        continue;
      }
      for (let end = at; end <= text.length; end++) {
        next.add(end);
        if (token === "*" && text[end] === "/") break;
      }
      // Two stars go on where the text ends.
      if (token !== "*") isBeyond = true;
    }
    reached = next;
  }
  return { ends: reached, isBeyond };
}
