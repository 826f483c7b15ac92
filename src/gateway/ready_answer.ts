/**
 * What the gateway tells its supervisor once it serves: where, and the
 * one-time link of a first start or of the demo.
 *
 * @module
 */

import type { Address } from "../config/config.ts";
import type { GatewayHandover, GatewayReady } from "../config/handover.ts";
import type { Auth } from "./auth/auth.ts";
import { isExposed } from "./exposure.ts";
import { baseUrl } from "./origin.ts";

/** The answer; a link in it is a secret. */
export async function readyAnswer(
  { config, demo }: GatewayHandover,
  { auth, address }: { auth: Auth; address: Address },
): Promise<GatewayReady> {
  const { port } = address;
  const url = baseUrl({ publicUrl: config.publicUrl, listen: address });
  // In the fragment, which browsers keep to themselves.
  if (demo) {
    return {
      url,
      port,
      link: `${url}login#code=${await auth.login.issueDemoCode()}`,
    };
  }
  // Where strangers are, nobody becomes the first user by a link.
  const code = isExposed(config.listen)
    ? undefined
    : auth.login.issueSetupCode();
  return code === undefined
    ? { url, port }
    : { url, port, link: `${url}setup#code=${code}` };
}
