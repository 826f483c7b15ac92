/**
 * Addresses of peers, and lists of them.
 *
 * @module
 */

import { BlockList, isIP } from "node:net";

/** An IPv4 address that came over an IPv6 socket is still that address. */
export function plainAddress(text: string): string {
  return text.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, "");
}

/** Whether an address is one of a list of addresses and CIDR blocks. */
export function addressList(
  entries: readonly string[],
): (address: string) => boolean {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = "", bits] = entry.split("/");
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return (address) => {
    const version = isIP(address);
    return version !== 0 &&
      list.check(address, version === 6 ? "ipv6" : "ipv4");
  };
}

/** Whether an address is the machine's own. */
export const isLoopback = addressList(["127.0.0.0/8", "::1"]);
