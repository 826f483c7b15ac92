/**
 * Which addresses a client may ask a media server to send packets to.
 *
 * @module
 */

import { BlockList, isIP } from "node:net";

/** What the policy says of one address of an ICE candidate. */
export interface AddressPolicy {
  /** Loopback candidates: only sensible for a client on this very machine. */
  readonly allowLoopback: boolean;
}

/** Chromium and Firefox hide host addresses so (draft-ietf-mmusic-mdns-ice). */
const MDNS = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.local$/i;

/**
 * Never a browser's: nothing that a media server should send to, and most of
 * it reachable only from the server (cloud metadata above all).
 */
const NEVER = blockList([
  ["0.0.0.0", 8], // this network, RFC 1122
  ["169.254.0.0", 16], // link-local, RFC 3927; 169.254.169.254 is metadata
  ["100.100.100.200", 32], // metadata of Alibaba Cloud
  ["192.0.0.192", 32], // metadata of Oracle Cloud
  ["224.0.0.0", 4], // multicast, RFC 5771
  ["240.0.0.0", 4], // reserved and broadcast, RFC 1112
  ["::", 128],
  ["fe80::", 10], // link-local, RFC 4291
  ["fd00:ec2::254", 128], // metadata of Amazon EC2
  ["ff00::", 8], // multicast, RFC 4291
  ["64:ff9b::", 96], // NAT64 could lead to any of the above, RFC 6052
  ["64:ff9b:1::", 48], // local NAT64, RFC 8215
  ["2002::", 16], // 6to4 likewise, RFC 3056
  ["2001::", 32], // Teredo likewise, RFC 4380
]);

const LOOPBACK = blockList([["127.0.0.0", 8], ["::1", 128]]);

/** Whether a candidate's address may travel on. */
export function isAllowedAddress(
  address: string,
  { allowLoopback }: AddressPolicy,
): boolean {
  const family = isIP(address);
  if (family === 0) return MDNS.test(address);
  // Zone ids (fe80::1%eth0) mean something on one machine only; addresses
  // with an IPv4 inside are no browser's and would dodge the list.
  if (family === 6 && (address.includes("%") || address.includes("."))) {
    return false;
  }
  if (family === 6 && isEmbeddedIpv4(address)) return false;
  const kind = family === 6 ? "ipv6" : "ipv4";
  if (LOOPBACK.check(address, kind)) return allowLoopback;
  return !NEVER.check(address, kind);
}

const EMBEDDED = blockList([["::ffff:0:0", 96], ["::", 96]]);

/** IPv4-mapped and the old IPv4-compatible form (RFC 4291 section 2.5.5). */
function isEmbeddedIpv4(address: string): boolean {
  return EMBEDDED.check(address, "ipv6") && !LOOPBACK.check(address, "ipv6");
}

function blockList(nets: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [net, prefix] of nets) {
    list.addSubnet(net, prefix, isIP(net) === 6 ? "ipv6" : "ipv4");
  }
  return list;
}
