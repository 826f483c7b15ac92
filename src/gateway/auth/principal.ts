/**
 * Who asks, and what they may do.
 *
 * @module
 */

import {
  type Grant,
  matchesGlob,
  reachesDevice,
  type Right,
} from "../../config/grant.ts";
import type { ErrorCode } from "../../errors.ts";

/** What a request proved itself with; asked again as long as a viewer lives. */
export interface Credential {
  /** For the audit log. */
  readonly kind:
    | "session"
    | "token"
    | "ticket"
    | "machine"
    | "hub"
    | "provider"
    | "basic"
    | "proxy";
  /** Who it stands for at this moment, if anybody. */
  principal(): Principal | undefined;
  /** Once it stands for nobody: what has ended it, as far as it can tell. */
  endedBy?(): "signed_out" | "expired" | "revoked";
  /** What to say when it stands for nobody; none: that a session ended. */
  readonly ended?: ErrorCode | undefined;
  /** Ends it for good, where that can be done: signing out. */
  end?(): void;
  /** Gives it a longer life, where that can be done. */
  prolong?(): Promise<Prolonged>;
}

/** A bearer token in place of another, which it outlives. */
export interface Prolonged {
  readonly token: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Somebody known, with what they may do now. */
export interface Principal {
  readonly userId: string;
  readonly user: string;
  readonly grants: readonly Grant[];
  /** What a token narrows the user's grants to. */
  readonly scope: readonly Grant[] | undefined;
  /** The roles that grant it all, if no user of ours carries them. */
  readonly roles?: readonly string[] | undefined;
  readonly credential: Credential;
  /** A user of another nalgate, which asks in their name. */
  readonly viaDevice?: boolean;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** What a session stands for at this moment. */
export type Standing =
  & Pick<Principal, "userId" | "user" | "grants" | "roles">
  /** When that ends, if before the session does. */
  & { readonly expiresAt?: number };

/** Whether the principal has this right on this camera. */
export function may(
  { grants, scope }: Pick<Principal, "grants" | "scope">,
  right: Right,
  camera: string,
): boolean {
  return allows(grants, right, camera) &&
    (scope === undefined || allows(scope, right, camera));
}

/** Whether there may be a camera on a device that the principal may view. */
export function mayReach(
  { grants, scope }: Pick<Principal, "grants" | "scope">,
  device: string,
): boolean {
  const reaches = (list: readonly Grant[]) =>
    list.some(({ cameras }) => reachesDevice(cameras, device));
  return reaches(grants) && (scope === undefined || reaches(scope));
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
