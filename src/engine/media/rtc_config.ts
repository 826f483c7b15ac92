/**
 * The peers' common settings, as node-datachannel takes them.
 *
 * @module
 */

import nodeDatachannel, {
  type IceUdpMuxListener,
  type RtcConfig,
} from "node-datachannel";
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

/**
 * Takes the one UDP port for as long as the engine runs. A peer that found it
 * taken would end the process: the native library throws past JavaScript.
 *
 * @throws {Error} If somebody else has it.
 */
export function holdUdpPort(
  { bindAddress, portRangeBegin }: RtcConfig,
): IceUdpMuxListener | undefined {
  if (portRangeBegin === undefined) return undefined;
  try {
    return new nodeDatachannel.IceUdpMuxListener(portRangeBegin, bindAddress);
  } catch (cause) {
    const message = `Cannot send media: UDP port ${portRangeBegin} is taken`;
    throw new Error(message, { cause });
  }
}
