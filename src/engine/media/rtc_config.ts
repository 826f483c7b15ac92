/**
 * The peers' common settings, as node-datachannel takes them.
 *
 * @module
 */

import type { RtcConfig } from "node-datachannel";
import type { EngineConfig } from "../../config/config.ts";
import { nativeIceServers } from "./ice_servers.ts";

/** Reads credentials of TURN servers; rejects if it cannot. */
export async function rtcConfig(engine: EngineConfig): Promise<RtcConfig> {
  const { udpPort, addresses, iceServers } = engine;
  const isLoopback = addresses.length > 0 &&
    addresses.every((address) => /^(127\.|::1$)/.test(address));
  return {
    iceServers: await nativeIceServers(iceServers),
    disableAutoNegotiation: true,
    // The agent finds no loopback addresses unless it is bound to one.
    ...(isLoopback && { bindAddress: addresses[0] ?? "" }),
    ...(udpPort !== undefined && {
      enableIceUdpMux: true,
      portRangeBegin: udpPort,
      portRangeEnd: udpPort,
    }),
  };
}
