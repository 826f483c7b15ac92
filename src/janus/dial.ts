/**
 * How the configuration's hosts are dialled: to no address that a name must
 * never lead to.
 *
 * A device's name is resolved anew at each dial, and whoever answers for it
 * may say anything: also the address where a cloud gives its machines their
 * credentials. So the address that was really reached is looked at, before
 * anything is sent there. (Checking in a `lookup` function of our own would be
 * earlier, but Deno allows a host by its name only to its own lookup.)
 *
 * @module
 */

import { BlockList, connect, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

/**
 * Link-local networks, with the metadata service of most clouds, and those
 * that clouds keep elsewhere.
 */
const FORBIDDEN = new BlockList();
FORBIDDEN.addSubnet("169.254.0.0", 16, "ipv4");
FORBIDDEN.addSubnet("fe80::", 10, "ipv6");
for (const address of ["100.100.100.200", "168.63.129.16", "192.0.0.192"]) {
  FORBIDDEN.addAddress(address, "ipv4");
}
for (const address of ["fd00:ec2::254", "fd20:ce::254"]) {
  FORBIDDEN.addAddress(address, "ipv6");
}

/** Whether a name must not lead to an address. */
export function isForbidden(address: string): boolean {
  const [plain = ""] = address.split("%");
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain)?.[1];
  if (mapped !== undefined) return isForbidden(mapped);
  const version = isIP(plain);
  return version === 0 ||
    FORBIDDEN.check(plain, version === 6 ? "ipv6" : "ipv4");
}

/** The code of a dial that ended because of where it led. */
export const ADDRESS_REFUSED = "ADDRESS_REFUSED";

/**
 * What `http.request` and `ws` take as `createConnection`: it dials a URL's
 * host. An address that is written in the URL itself is meant.
 */
export function dialer(
  url: URL,
  refuses: (address: string) => boolean = isForbidden,
): () => Socket {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const secure = /^(?:https|wss):$/.test(url.protocol);
  const port = url.port === "" ? (secure ? 443 : 80) : Number(url.port);
  return () => {
    const isLiteral = isIP(host) !== 0;
    const socket = secure
      // An address has no server name (RFC 6066 section 3).
      ? connectTls({ host, port, ...isLiteral ? {} : { servername: host } })
      : connect({ host, port });
    socket.once("connect", () => {
      if (isLiteral || !refuses(socket.remoteAddress ?? "")) return;
      const error = new Error("The name leads to a forbidden address");
      socket.destroy(Object.assign(error, { code: ADDRESS_REFUSED }));
    });
    return socket;
  };
}
