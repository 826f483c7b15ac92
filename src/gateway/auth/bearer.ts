/**
 * Bearer tokens of all kinds (RFC 6750), told apart by their looks.
 *
 * @module
 */

import {
  hubUserCredential,
  isMachineToken,
  machineCredential,
  type Machines,
} from "./machine.ts";
import type { Credential } from "./principal.ts";
import type { ProviderTokens } from "./provider_token.ts";
import { refusal } from "./refusal.ts";
import type { Roles } from "./roles.ts";
import type { Tokens } from "./token.ts";
import { verifyUserClaim } from "./user_claim.ts";
import type { Users } from "./users.ts";

/** A bearer token, as a request presents it. */
export interface BearerProof {
  readonly kind: "bearer";
  readonly token: string;
  /** For which user a machine speaks, if it says so. */
  readonly userClaim?: {
    readonly claim: string;
    /** `host` or `host:port` of this gateway, and what was asked for. */
    readonly hosts: ReadonlySet<string>;
  };
}

/** What bearer tokens are verified with. */
export interface BearerParts {
  readonly users: Users;
  readonly roles: Roles;
  readonly tokens: Tokens;
  readonly machines: Machines;
  readonly providers: ProviderTokens;
  readonly now: () => number;
}

/**
 * The credential that a bearer token is.
 *
 * @throws {GatewayError} `unauthenticated`, `provider_unreachable` or `loop`.
 */
export async function bearerCredential(
  { token, userClaim }: BearerProof,
  parts: BearerParts,
): Promise<Credential> {
  if (isMachineToken(token)) return await ofMachine(token, userClaim, parts);
  // Whoever adds a claim believes to act for somebody: never mind as whom.
  if (userClaim !== undefined) throw refusal("claim");
  return parts.providers.claims(token)
    ? await parts.providers.credential(token)
    : await ownCredential(token, parts);
}

async function ofMachine(
  token: string,
  userClaim: BearerProof["userClaim"],
  { machines, tokens, now }: BearerParts,
): Promise<Credential> {
  const record = machines.verify(token);
  if (userClaim === undefined) return machineCredential(machines, record);
  if (!record.speaksForUsers) throw refusal("speaks_for_users");
  const { claim, hosts } = userClaim;
  const { instance } = tokens;
  const user = await verifyUserClaim(claim, { token, instance, hosts, now });
  return hubUserCredential(machines, { id: record.id, user });
}

async function ownCredential(
  token: string,
  { tokens, users, roles, now }: BearerParts,
): Promise<Credential> {
  const { id, userId, scope, ageMs } = await tokens.verify(token);
  let expiresAt = 0;
  const credential: Credential = {
    kind: "token",
    prolong: () => tokens.prolong({ id, ageMs }),
    endedBy: () => now() < expiresAt ? "revoked" : "expired",
    principal: () => {
      // The list's time counts: the token may have been prolonged.
      const record = tokens.find(id);
      const user = users.byId(userId);
      expiresAt = record?.expiresAt ?? expiresAt;
      return record && user && {
        ...roles.identify(user),
        scope,
        credential,
        expiresAt: record.expiresAt,
      };
    },
  };
  return credential;
}
