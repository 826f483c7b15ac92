/**
 * Do STUN and TURN servers answer, take our credentials, and keep strangers
 * and forbidden peers out.
 *
 * @module
 */

import type { Config, ViewerIceServer } from "../../config/config.ts";
import { turnCredentials } from "../../gateway/ice_servers.ts";
import { fail, type Finding, ok, warn } from "./finding.ts";
import { TurnClient, type TurnPlace, turnPlace } from "./turn_client.ts";

type Server = Omit<ViewerIceServer, "ttlMs" | "cameras" | "networks">;

/** Looks at all servers, those of the engine too. */
export async function iceFindings(config: Config): Promise<Finding[]> {
  const own = config.engine.iceServers.map((server, at) => ({
    about: `engine.ice_servers.${at}`,
    server: { ...server, secretFile: undefined },
  }));
  const viewers = config.iceServers.map((server, at) => ({
    about: `ice_servers.${at}`,
    server,
  }));
  const findings = await Promise.all(
    [...viewers, ...own].map(({ about, server }) => checkServer(about, server)),
  );
  return [...findings.flat(), ...engineOverTcp(config)];
}

async function checkServer(about: string, server: Server): Promise<Finding[]> {
  const { url } = server;
  const place = turnPlace(url);
  const unreachable = "is it running, and its port open from here?";
  if (place === undefined) {
    const remedy = "such as turn:turn.example:3478?transport=udp";
    return [fail(about, { text: `${url} names no host and port`, remedy })];
  }
  try {
    if (url.startsWith("stun")) {
      using client = await TurnClient.dial(place);
      const code = await client.binding();
      if (code === 0) return [ok(about, url)];
      const text = `${url} answers with error ${code}`;
      return [fail(about, { text, remedy: unreachable })];
    }
    return await checkTurn(about, { server, place });
  } catch (error) {
    const text = `${url}: ${(error as Error).message}`;
    return [fail(about, { text, remedy: unreachable })];
  }
}

async function checkTurn(
  about: string,
  { server, place }: { server: Server; place: TurnPlace },
): Promise<Finding[]> {
  const credentials = await credentialsOf(server);
  if (credentials === undefined) {
    const text = "its secret file cannot be read, or is empty";
    const remedy = "write the server's static-auth-secret into it";
    return [fail(about, { text, remedy })];
  }
  using client = await TurnClient.dial(place);
  const code = await client.allocate(credentials);
  if (client.isOpen) {
    const text = `${server.url} relays for anybody`;
    const remedy = "set use-auth-secret in turnserver.conf, and no no-auth";
    return [fail(about, { text, remedy })];
  }
  if (code !== 0) {
    return [fail(about, {
      text: `${server.url} refuses our credentials: error ${code}`,
      remedy: server.secretFile === undefined
        ? "compare username and credential_file with the server's users"
        : "is static-auth-secret in turnserver.conf that of secret_file, " +
          "use-auth-secret set, and the clock right at both ends?",
    })];
  }
  const findings = await checkPeers(about, client);
  await client.release();
  return [ok(about, `${server.url} takes our credentials`), ...findings];
}

async function credentialsOf(
  { username, credentialFile, secretFile }: Server,
): Promise<{ username: string; credential: string } | undefined> {
  const file = secretFile ?? credentialFile ?? "";
  const secret = await Deno.readTextFile(file)
    .then((text) => text.trim(), () => "");
  if (secret === "") return undefined;
  return secretFile === undefined
    ? { username: username ?? "", credential: secret }
    : turnCredentials({
      secret,
      user: "doctor",
      expiresMs: Date.now() + CREDENTIALS_MS,
    });
}

/** A minute, and a minute for clocks that differ. */
const CREDENTIALS_MS = 120_000;

/** Where a relay must never send: programs of its machine, clouds' metadata. */
const FORBIDDEN = ["127.0.0.1", "0.0.0.0", "169.254.169.254", "224.0.0.1"];

/** Where it should not, unless cameras are there. */
const PRIVATE = ["10.0.0.1", "172.16.0.1", "192.168.0.1"];

async function checkPeers(
  about: string,
  client: TurnClient,
): Promise<Finding[]> {
  const permitted: string[] = [];
  for (const peer of [...FORBIDDEN, ...PRIVATE]) {
    if (await client.permit(peer) === 0) permitted.push(peer);
  }
  const forbidden = permitted.filter((peer) => FORBIDDEN.includes(peer));
  const inside = permitted.filter((peer) => PRIVATE.includes(peer));
  const findings: Finding[] = [];
  if (forbidden.length > 0) {
    findings.push(fail(about, {
      text: `viewers can send through it to ${forbidden.join(", ")}`,
      remedy: "turnserver.conf: no-multicast-peers, no allow-loopback-peers, " +
        "denied-peer-ip=0.0.0.0-0.255.255.255, " +
        "denied-peer-ip=169.254.0.0-169.254.255.255",
    }));
  }
  if (inside.length > 0) {
    findings.push(warn(about, {
      text: `viewers can send through it to private ${inside.join(", ")}`,
      remedy: "turnserver.conf: denied-peer-ip for private networks in which " +
        "no camera is",
    }));
  }
  return findings;
}

/** What only shows in a browser. */
function engineOverTcp({ cameras, iceServers }: Config): Finding[] {
  const places = iceServers.filter(({ url }) => url.startsWith("turn"))
    .map(({ url }) => turnPlace(url)?.transport);
  const isTcpOnly = places.length > 0 && !places.includes("udp");
  const hasEngine = cameras.some(({ upstream }) => upstream === "engine");
  if (!isTcpOnly || !hasEngine) return [];
  return [warn("ice_servers", {
    text: "Chromium does not reach the built-in engine by TURN over TCP or TLS",
    remedy: "add TURN over UDP, or serve cameras by a Janus (janus: spawn)",
  })];
}
