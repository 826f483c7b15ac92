/**
 * Why a device cannot be reached, in words for people.
 *
 * @module
 */

import { GatewayError } from "../../errors.ts";
import { ADDRESS_REFUSED } from "../../janus/dial.ts";

/** By the code of a socket's error. */
const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "Nothing listens at its address.",
  ECONNRESET: "It has cut the connection.",
  EHOSTUNREACH: "No way leads to its address.",
  ENETUNREACH: "No way leads to its network.",
  ETIMEDOUT: "It does not answer.",
  ENOTFOUND: "Its name is not known.",
  EAI_AGAIN: "Its name cannot be looked up now.",
  EAI_NODATA: "Its name is not known.",
  ENODATA: "Its name is not known.",
  [ADDRESS_REFUSED]: "Its name leads to an address that no device has.",
  CERT_HAS_EXPIRED: "Its certificate has expired.",
  CERT_NOT_YET_VALID: "Its certificate is not valid yet.",
  CERT_REVOKED: "Its certificate has been revoked.",
  DEPTH_ZERO_SELF_SIGNED_CERT: "Its certificate is self-signed.",
  SELF_SIGNED_CERT_IN_CHAIN: "Its certificate is of an unknown authority.",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    "Its certificate is of an unknown authority.",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    "Its certificate is of an unknown authority.",
  ERR_TLS_CERT_ALTNAME_INVALID: "Its certificate is for another name.",
  ERR_SSL_WRONG_VERSION_NUMBER: "It does not speak TLS there.",
};

/** What a person can make of a failed dial or request. */
export function failureWords(error: unknown): string | undefined {
  const { errorCode, status } = error instanceof GatewayError
    ? error.context
    : {};
  if (typeof status === "number") return statusWords(status);
  if (typeof errorCode !== "string") return undefined;
  // A name that is not in the table is still something to search for.
  return Object.hasOwn(WORDS, errorCode)
    ? WORDS[errorCode]
    : `It cannot be reached (${errorCode.slice(0, 64)}).`;
}

function statusWords(status: number): string {
  return status >= 300 && status < 400
    ? "It is at another address now: it redirects."
    : `It answers with HTTP status ${status}.`;
}
