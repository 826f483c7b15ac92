/**
 * Documents of identity providers: JSON from a host that the configuration
 * names, bounded in size and time.
 *
 * @module
 */

import {
  PROVIDER_DOCUMENT_SIZE_MAX,
  PROVIDER_FETCH_TIMEOUT_MS,
} from "../../limits.ts";

/** Fetches one; rejects whatever is no plain success. */
export async function fetchDocument(url: string): Promise<unknown> {
  const controller = new AbortController();
  const timer = setTimeout(
    () => controller.abort(new TypeError("timeout")),
    PROVIDER_FETCH_TIMEOUT_MS,
  );
  try {
    const response = await fetch(url, {
      // Where to is the configuration's word, and nobody else's.
      redirect: "manual",
      headers: { accept: "application/json" },
      signal: controller.signal,
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new TypeError(`status ${response.status}`);
    }
    return JSON.parse(await readText(response));
  } finally {
    clearTimeout(timer);
  }
}

async function readText({ body }: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    // Leaving the loop cancels the rest.
    if (size > PROVIDER_DOCUMENT_SIZE_MAX) throw new TypeError("too large");
    text += decoder.decode(chunk, { stream: true });
  }
  return text;
}
