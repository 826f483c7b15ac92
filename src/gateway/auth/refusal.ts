import { GatewayError } from "../../errors.ts";

/** Says which check a credential failed, and nothing of the credential. */
export function refusal(check: string): GatewayError {
  return new GatewayError("unauthenticated", { context: { check } });
}
