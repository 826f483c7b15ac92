/**
 * Who may come in, from the file's keys to {@linkcode AccessConfig}.
 *
 * @module
 */

import type {
  AccessConfig,
  IdentityProviderConfig,
  Name,
  RoleConfig,
} from "./config.ts";
import type { ConfigFile } from "./schema.ts";

type Resolve = (path: string) => string;

/** What the file says of access. */
export function assembleAccess(
  file: ConfigFile,
  resolve: Resolve,
): AccessConfig {
  const { proxy_auth: proxy } = file;
  return {
    roles: Object.entries(file.roles).map(assembleRole),
    identityProviders: Object.entries(file.identity_providers)
      .map(([name, provider]) =>
        assembleProvider(name as Name, provider, resolve)
      ),
    proxyAuth: {
      peers: proxy.peers,
      secretFile: optional(proxy.secret_file, resolve),
      secretHeader: proxy.secret_header,
      userHeader: proxy.user_header,
      groupsHeader: proxy.groups_header,
      roles: proxy.roles,
    },
    basicAuth: file.basic_auth === "on",
  };
}

/** A path, if there is one. */
export function optional(
  path: string | undefined,
  resolve: Resolve,
): string | undefined {
  return path === undefined ? undefined : resolve(path);
}

function assembleRole(
  [name, { view, admin }]: [string, ConfigFile["roles"][Name]],
): RoleConfig {
  return {
    name: name as Name,
    grants: [
      ...view.map((cameras) => ({ right: "view" as const, cameras })),
      ...admin.map((cameras) => ({ right: "admin" as const, cameras })),
    ],
  };
}

function assembleProvider(
  name: Name,
  provider: ConfigFile["identity_providers"][Name],
  resolve: Resolve,
): IdentityProviderConfig {
  return {
    name,
    title: provider.title ?? name,
    issuer: provider.issuer,
    audience: provider.audience,
    jwksUrl: provider.jwks_url,
    clientId: provider.client_id,
    clientSecretFile: optional(provider.client_secret_file, resolve),
    scopes: provider.scopes,
    hosts: provider.hosts,
    userClaim: provider.user_claim,
    roles: provider.roles,
  };
}
