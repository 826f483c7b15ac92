/**
 * A WebSocket proxy that reads nothing: what the gateway's runtime and
 * library cost by themselves.
 *
 * @module
 */

// @ts-types="@types/ws"
import { WebSocket, WebSocketServer } from "ws";
import { print } from "./table.ts";

const [upstreamUrl = ""] = Deno.args;
const server = new WebSocketServer({
  host: "127.0.0.1",
  port: 0,
  perMessageDeflate: false,
});
server.on("connection", (client) => {
  const upstream = new WebSocket(upstreamUrl, "janus-protocol");
  const opened = new Promise((resolve) => upstream.once("open", resolve));
  client.on("message", async (data) => {
    if (upstream.readyState !== WebSocket.OPEN) await opened;
    upstream.send(String(data));
  });
  upstream.on("message", (data) => client.send(String(data)));
  client.on("close", () => upstream.terminate());
});
server.once("listening", () => {
  print(`ws://127.0.0.1:${(server.address() as { port: number }).port}/`);
});
await new Response(Deno.stdin.readable).arrayBuffer();
Deno.exit(0);
