/**
 * A connected UDP socket on loopback whose `send` has sent when it returns,
 * so that a camera's packets leave at the time of their stamp.
 *
 * @module
 */

const libc = Deno.dlopen("libc.so.6", {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  send: { parameters: ["i32", "buffer", "usize", "i32"], result: "i32" },
});

const AF_INET = 2;
const SOCK_DGRAM = 2;
const SOCKADDR_SIZE = 16;

/** Sends datagrams to a port of 127.0.0.1. */
export function loopbackSender(
  port: number,
): (packet: Uint8Array<ArrayBuffer>) => void {
  const fd = libc.symbols.socket(AF_INET, SOCK_DGRAM, 0);
  const address = new DataView(new ArrayBuffer(SOCKADDR_SIZE));
  address.setUint16(0, AF_INET, true);
  address.setUint16(2, port);
  address.setUint32(4, 0x7f000001);
  if (libc.symbols.connect(fd, address, SOCKADDR_SIZE) !== 0) {
    throw new Error(`Cannot reach UDP port ${port}`);
  }
  return (packet) => {
    libc.symbols.send(fd, packet, BigInt(packet.length), 0);
  };
}
