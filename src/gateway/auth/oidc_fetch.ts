/**
 * Requests to an identity provider: bounded in size, and clear about what
 * stands in their way.
 *
 * @module
 */

import type { CustomFetch, CustomFetchOptions } from "openid-client";
import { GatewayError } from "../../errors.ts";
import { PROVIDER_DOCUMENT_SIZE_MAX } from "../../limits.ts";

/** A `fetch` for the provider of this name. */
export function providerFetch(provider: string): CustomFetch {
  return async (url, options) => {
    try {
      return await bounded(url, options);
    } catch (error) {
      if (error instanceof GatewayError) throw error;
      const isDenied = error instanceof Deno.errors.NotCapable;
      throw new GatewayError("provider_unreachable", {
        cause: error,
        context: {
          provider,
          host: new URL(url).host,
          ...isDenied && {
            hint: `not in the configuration: add it to ` +
              `identity_providers.${provider}.hosts`,
          },
        },
      });
    }
  };
}

async function bounded(
  url: string,
  options: CustomFetchOptions,
): Promise<Response> {
  // A copy, as the types have it: bytes may be shared in no other way.
  const sent = options.body instanceof Uint8Array
    ? new Uint8Array(options.body)
    : options.body ?? null;
  const response = await fetch(url, {
    ...options,
    body: sent,
    redirect: "manual",
  });
  const { status, headers, body } = response;
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    if (size > PROVIDER_DOCUMENT_SIZE_MAX) {
      throw new GatewayError("provider_invalid", { context: { size } });
    }
    chunks.push(chunk);
  }
  return new Response(size === 0 ? null : new Blob(chunks), {
    status,
    headers,
  });
}
