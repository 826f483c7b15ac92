/** Candidates that lead where no viewer is: answered, and forgotten. */

import type { MessageRow } from "./rows.ts";

const line = (candidate: string): MessageRow[1] => ({ session, handle }) =>
  JSON.stringify({
    janus: "trickle",
    transaction: "t",
    "session_id": session,
    "handle_id": handle,
    candidate: { candidate, sdpMid: "0", sdpMLineIndex: 0 },
  });
const to = (address: string, port: string | number = 9000) =>
  line(`candidate:1 1 udp 1 ${address} ${port} typ host`);

export const CANDIDATES: readonly MessageRow[] = [
  ["metadata", to("169.254.169.254", 80), "ack"],
  ["metadata by IPv6", to("fd00:ec2::254", 80), "ack"],
  ["metadata, mapped", to("::ffff:169.254.169.254", 80), "ack"],
  ["metadata by NAT64", to("64:ff9b::a9fe:a9fe", 80), "ack"],
  ["any address", to("0.0.0.0"), "ack"],
  ["loopback as a number", to("2130706433"), "ack"],
  ["loopback in hex", to("0x7f000001"), "ack"],
  ["loopback, mapped", to("::ffff:127.0.0.1"), "ack"],
  ["a zone", to("fe80::1%eth0"), "ack"],
  ["multicast", to("224.0.0.1"), "ack"],
  ["broadcast", to("255.255.255.255"), "ack"],
  ["a name", to("metadata.internal"), "ack"],
  ["a name that is nearly mDNS", to("evil.local"), "ack"],
  [
    "TCP",
    line("candidate:1 1 tcp 1 192.0.2.1 22 typ host tcptype passive"),
    "ack",
  ],
  ["port 0", to("192.0.2.1", 0), "ack"],
  ["port 65 536", to("192.0.2.1", 65_536), "ack"],
  [
    "a line break",
    line("candidate:1 1 udp 1 192.0.2.1 9 typ host\r\na=x"),
    "ack",
  ],
  ["no candidate", line("GET / HTTP/1.1"), "ack"],
];
