/**
 * A gateway whose users come from an OpenID provider.
 *
 * @module
 */

import type {
  AccessConfig,
  IdentityProviderConfig,
  Name,
} from "../../src/config/config.ts";
import { defaultConfig } from "../../src/config/parse.ts";
import { temporaryFolder, view } from "./gateway.ts";
import {
  CLIENT_ID,
  CLIENT_SECRET,
  TestProvider,
  type TestProviderOptions,
} from "./oidc_provider.ts";
import { RunningGateway } from "./running_gateway.ts";

/** The provider `home`: its group `family` may view `front`. */
export function homeProvider(
  issuer: string,
  changes: Partial<IdentityProviderConfig> = {},
): IdentityProviderConfig {
  return {
    name: "home" as Name,
    title: "Home",
    issuer,
    audience: undefined,
    jwksUrl: undefined,
    clientId: CLIENT_ID,
    clientSecretFile: undefined,
    scopes: ["profile"],
    hosts: [],
    userClaim: "nick",
    roles: [{ claim: "groups", value: "family", role: "family" }],
    ...changes,
  };
}

/** Access by these providers, and what their roles grant. */
export function accessBy(
  ...identityProviders: readonly IdentityProviderConfig[]
): AccessConfig {
  return {
    ...defaultConfig().access,
    roles: [{ name: "family" as Name, grants: view("front") }],
    identityProviders,
  };
}

/** A provider and a gateway that know each other. */
export class OidcSite implements AsyncDisposable {
  private constructor(
    readonly running: RunningGateway,
    readonly provider: TestProvider,
    private readonly around: AsyncDisposableStack,
  ) {}

  static async start(
    { offer, publicUrl, ...options }: TestProviderOptions & {
      offer?: string;
      publicUrl?: string;
    },
  ): Promise<OidcSite> {
    await using around = new AsyncDisposableStack();
    const folder = around.use(await temporaryFolder());
    const clientSecretFile = `${folder.path}/secret`;
    await Deno.writeTextFile(clientSecretFile, `${CLIENT_SECRET}\n`);
    const provider = around.use(await TestProvider.start(options));
    const home = homeProvider(provider.issuer, { clientSecretFile });
    const running = around.use(
      await RunningGateway.start({
        users: { ann: view("**") },
        config: { access: accessBy(home), publicUrl },
        ...offer === undefined ? {} : { janus: { offer } },
      }),
    );
    await provider.serve(
      `${publicUrl ?? running.url}login/oidc/home/callback`,
    );
    return new OidcSite(running, provider, around.move());
  }

  /** Begins a sign-in: where the browser goes, and its cookie. */
  async begin(
    query = "",
  ): Promise<{ location: string; cookie: string; setCookie: string }> {
    const { status, headers, text } = await this.running.request(
      `login/oidc/home${query}`,
    );
    if (status !== 302) throw new Error(`${status} ${text}`);
    const setCookie = headers.get("set-cookie") ?? "";
    const [cookie = ""] = setCookie.split(";");
    return { location: headers.get("location") ?? "", cookie, setCookie };
  }

  /** Comes back to the gateway; says where that leads, with which cookie. */
  async comeBack(
    url: string,
    cookie: string,
  ): Promise<{ location: string; session: string }> {
    const path = url.slice(url.indexOf("login/oidc/"));
    const { headers } = await this.running.request(path, {
      headers: { cookie },
    });
    const session = headers.getSetCookie()
      .map((set) => set.split(";")[0] ?? "")
      .find((pair) => /^(?:__Host-nalgate|nalgate-insecure)=/.test(pair)) ??
      "";
    return { location: headers.get("location") ?? "", session };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.around[Symbol.asyncDispose]();
  }
}
