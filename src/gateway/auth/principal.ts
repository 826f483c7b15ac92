/**
 * Who asks, and what they may do.
 *
 * @module
 */

/** What a grant allows. `admin` includes `view`. */
export type Right = "view" | "admin";

/** A right on some cameras. */
export interface Grant {
  readonly right: Right;
  /**
   * A glob over camera names: `*` stands for anything within one segment,
   * `**` for anything. A camera of another device is `device/camera`.
   */
  readonly cameras: string;
}

/** What a request proved itself with; good for asking again later. */
export type Credential =
  | { readonly kind: "session"; readonly key: string }
  | {
    readonly kind: "token";
    readonly id: string;
    readonly userId: string;
    readonly scope: readonly Grant[];
    readonly expiresAt: number;
  };

/** Somebody known, with what they may do now. */
export interface Principal {
  readonly userId: string;
  readonly user: string;
  readonly grants: readonly Grant[];
  /** What a token narrows the user's grants to. */
  readonly scope: readonly Grant[] | undefined;
  readonly credential: Credential;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

const GLOB = /^(?:[a-z0-9_-]|\*)+(?:\/(?:[a-z0-9_-]|\*)+)*$/;
const GLOB_SIZE_MAX = 130;

/** Whether a text is a glob over camera names. */
export function isCameraGlob(text: string): boolean {
  return text.length <= GLOB_SIZE_MAX && GLOB.test(text);
}

/** Whether the principal has this right on this camera. */
export function may(
  { grants, scope }: Pick<Principal, "grants" | "scope">,
  right: Right,
  camera: string,
): boolean {
  return allows(grants, right, camera) &&
    (scope === undefined || allows(scope, right, camera));
}

function allows(
  grants: readonly Grant[],
  right: Right,
  camera: string,
): boolean {
  return grants.some((grant) =>
    (grant.right === right || grant.right === "admin") &&
    matchesGlob(grant.cameras, camera)
  );
}

/**
 * Whether a glob covers a camera. Two pointers and one way back, so that no
 * glob can take more than its length times that of the name.
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
