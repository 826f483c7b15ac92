/**
 * What a client sends by hand, straight and through README.md's proxies: all
 * read the same requests and the same paths out of it.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { view } from "../support/gateway.ts";
import { type RawAnswer, rawHttp } from "../support/raw_http.ts";
import {
  exampleConfig,
  HOST,
  PUBLIC_URL,
  ReverseProxy,
} from "../support/reverse_proxy.ts";
import { PASSWORD, RunningGateway } from "../support/running_gateway.ts";
import { AMBIGUOUS_REQUESTS } from "../vectors/ambiguous_requests.ts";
import { ODD_PATHS } from "../vectors/odd_paths.ts";
import { SPOOFED_HEADERS } from "../vectors/spoofed_headers.ts";

/** A way to the gateway. */
interface Way {
  readonly name: "straight" | "nginx" | "caddy";
  readonly send: (text: string) => Promise<RawAnswer>;
}

/** A gateway, and the ways there. */
async function setUp() {
  await using stack = new AsyncDisposableStack();
  const gateway = stack.use(
    await RunningGateway.start({
      users: { ann: view("front") },
      config: exampleConfig(),
    }),
  );
  const upstreamPort = gateway.gateway.address.port;
  // All that is sent here is answered by a close.
  const ways: Way[] = [{
    name: "straight",
    send: (text) => rawHttp(upstreamPort, text, { patienceMs: 20_000 }),
  }];
  for (const name of ["nginx", "caddy"] as const) {
    const { port, tls } = stack.use(
      await ReverseProxy.start(name, { upstreamPort }),
    );
    const send = (text: string) =>
      rawHttp(port, text, { tls, patienceMs: 2_000 });
    ways.push({ name, send });
  }
  const around = stack.move();
  return {
    gateway,
    ways,
    [Symbol.asyncDispose]: () => around[Symbol.asyncDispose](),
  };
}

function get(target: string, ...headers: readonly string[]): string {
  const all = [`Host: ${HOST}`, "Connection: close", ...headers];
  return `GET ${target} HTTP/1.1\r\n${all.join("\r\n")}\r\n\r\n`;
}

/** The statuses of all answers on one connection. */
function statuses({ text }: Pick<RawAnswer, "text">): number[] {
  return [...text.matchAll(/HTTP\/1\.[01] (\d{3}) /g)].map(([, status]) =>
    Number(status)
  );
}

function loggedPaths({ logLines }: RunningGateway): string[] {
  return logLines.map((line) => String(JSON.parse(line).path));
}

/** Signs in straight; the session is good on every way. */
async function signIn(gateway: RunningGateway): Promise<string> {
  const { headers } = await gateway.request("api/login", {
    method: "POST",
    headers: { origin: new URL(PUBLIC_URL).origin },
    json: { user: "ann", password: PASSWORD },
  });
  return `Cookie: ${headers.get("set-cookie")?.split(";")[0]}`;
}

Deno.test("requests and paths are the same on every way", async (t) => {
  await using scene = await setUp();
  const { gateway, ways } = scene;
  const cookie = await signIn(gateway);
  for (const [index, way] of ways.entries()) {
    await t.step(
      `${way.name}: requests`,
      (t) =>
        sendsNoOtherRequests(t, { gateway, way, from: 1000 * (index + 1) }),
    );
    await t.step(
      `${way.name}: paths`,
      (t) => asksForNothingElse(t, { way, cookie }),
    );
    // Straight from here, the gateway would believe them.
    if (way.name === "straight") continue;
    await t.step(
      `${way.name}: claims`,
      (t) => claimsInVain(t, { gateway, way }),
    );
  }
});

/** Every request that the gateway sees is one that somebody had sent. */
async function sendsNoOtherRequests(
  t: Deno.TestContext,
  { gateway, way, from }: { gateway: RunningGateway; way: Way; from: number },
): Promise<void> {
  const answers = await Promise.all(
    AMBIGUOUS_REQUESTS.map(({ text }, index) =>
      way.send(text.replaceAll("/0000/", `/${from + index}/`))
    ),
  );
  const seen = loggedPaths(gateway);
  for (
    const [index, { name, statuses: expected }] of AMBIGUOUS_REQUESTS.entries()
  ) {
    await t.step(name, () => {
      const answer = answers[index] ?? NO_ANSWER;
      const mark = `/${from + index}/`;
      const paths = seen.filter((path) => path.startsWith(mark));
      if (way.name === "straight") {
        assertEquals(statuses(answer), expected);
        assert(answer.isClosed);
        assert(!paths.includes(`${mark}hidden`));
      }
      // HTTP/0.9 has no status.
      const count = statuses(answer).length || (answer.text === "" ? 0 : 1);
      assert(paths.length <= count, `${paths} for ${statuses(answer)}`);
    });
  }
  await t.step("nobody gets what another has asked for", async () => {
    for (let count = 0; count < 8; count++) {
      const { text } = await way.send(get(`/lab/${from + count}/after`));
      assertEquals(statuses({ text }), [401]);
      const page = await way.send(get("/lab/login"));
      assertStringIncludes(page.text, "<title>Sign in");
      assertEquals(statuses(page), [200]);
    }
  });
}

/** An odd path leads nowhere, and no further for who is signed in. */
async function asksForNothingElse(
  t: Deno.TestContext,
  { way, cookie }: { way: Way; cookie: string },
): Promise<void> {
  const [strangers = [], users = []] = await Promise.all(
    [[], [cookie]].map((headers) =>
      Promise.all(
        ODD_PATHS.map(([target]) => way.send(get(target, ...headers))),
      )
    ),
  );
  for (const [index, [target, expected]] of ODD_PATHS.entries()) {
    await t.step(JSON.stringify(target.slice(0, 60)), () => {
      const stranger = strangers[index] ?? NO_ANSWER;
      const user = users[index] ?? NO_ANSWER;
      assertEquals(statuses(user).length, 1);
      if (way.name === "straight") {
        assertEquals(statuses(user), [expected]);
        assertEquals(statuses(stranger), [expected === 404 ? 401 : expected]);
      } else if (target.startsWith("/")) {
        // Others are for proxies, which make plain paths of them.
        assertNothingOfOurs(stranger, 401);
        assertNothingOfOurs(user, 404);
      }
      assert(statuses(stranger).concat(statuses(user)).every((at) => at < 500));
    });
  }
}

/** Answers of a proxy's own are not of interest. */
function assertNothingOfOurs(answer: RawAnswer, status: number): void {
  const isOurs = /content-security-policy/i.test(answer.text);
  if (isOurs) assertEquals(statuses(answer), [status]);
}

/**
 * An answer without its date, and without the way its body is framed: Caddy
 * chooses that for an empty one by which comes first, the headers or the end.
 */
function saidBy(answer: string): string {
  return answer
    .replace(/^(?:date|content-length|transfer-encoding): .*\r\n/gim, "")
    .replace(/(?<=\r\n\r\n)0\r\n\r\n$/, "");
}

/** What a client says of itself does not get through. */
async function claimsInVain(
  t: Deno.TestContext,
  { gateway, way }: { gateway: RunningGateway; way: Way },
): Promise<void> {
  const answersTo = async (claim: string, mark: string) => {
    const claims = claim === "" ? [] : [claim];
    const page = await way.send(get("/lab/login", ...claims));
    const accept = "Accept: text/html";
    const redirect = await way.send(get("/lab/", accept, ...claims));
    const refused = await way.send(get(`/lab/${mark}`, ...claims));
    const answers = [page, redirect, refused].map(({ text }) => saidBy(text));
    const line = gateway.logLines.find((line) => line.includes(`"/${mark}"`));
    return { answers, ip: line && JSON.parse(line).ip };
  };
  const honest = await answersTo("", `${way.name}-honest`);
  assertEquals(honest.ip, "127.0.0.1");
  assertMatch(honest.answers[0] ?? "", /^strict-transport-security: /im);
  assertMatch(honest.answers[0] ?? "", /<base href="\/lab\/">/);
  assertMatch(honest.answers[1] ?? "", /^location: \/lab\/login\r$/im);
  const all = await Promise.all(
    SPOOFED_HEADERS.map((claim, index) =>
      answersTo(claim, `${way.name}-${index}`)
    ),
  );
  for (const [index, claim] of SPOOFED_HEADERS.entries()) {
    await t.step(claim, () => assertEquals(all[index], honest));
  }
}

const NO_ANSWER: RawAnswer = { text: "", status: 0, isClosed: true };
