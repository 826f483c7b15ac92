/**
 * The plugin's answer to `features`, with the gateway's ICE servers in it.
 *
 * @module
 */

import { isPlainObject } from "../../janus/json.ts";
import {
  type BrowserIceServer,
  type JanusResponse,
  PLUGIN_ERROR,
} from "../../janus/message.ts";

/** What a plugin has that does not know the question. */
const NO_FEATURES = { audio: false, mic: false };

/**
 * The answer as the client gets it. Pages for µStreamer read `ice.url` alone,
 * ours take all of `ice.servers`. Without servers of ours it stays as it is.
 */
export function withIceServers(
  reply: JanusResponse,
  servers: readonly BrowserIceServer[],
): JanusResponse {
  const { plugindata } = reply;
  const features = featuresIn(plugindata?.data);
  if (plugindata === undefined || features === undefined) return reply;
  if (servers.length === 0) return reply;
  const ice = isPlainObject(features.ice) ? features.ice : {};
  const stun = servers.find(({ urls }) => urls.startsWith("stun"));
  const url = stun?.urls ?? ice.url ?? "";
  const data = {
    ustreamer: "event",
    result: {
      status: "features",
      features: { ...features, ice: { ...ice, url, servers } },
    },
  };
  return { ...reply, plugindata: { ...plugindata, data } };
}

function featuresIn(data: unknown): Record<string, unknown> | undefined {
  if (!isPlainObject(data)) return undefined;
  // Older plugins of µStreamer; their viewers need a route too.
  if (data.error_code === PLUGIN_ERROR.notImplemented) return NO_FEATURES;
  const { result } = data;
  if (!isPlainObject(result) || !isPlainObject(result.features)) {
    return undefined;
  }
  return result.features;
}
