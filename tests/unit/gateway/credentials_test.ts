import { assert, assertEquals } from "@std/assert";
import type { Name } from "../../../src/config/config.ts";
import { defaultConfig } from "../../../src/config/parse.ts";
import { Machines } from "../../../src/gateway/auth/machine.ts";
import { signUserClaim } from "../../../src/gateway/auth/user_claim.ts";
import { temporaryFolder, view } from "../../support/gateway.ts";
import { rawHttp } from "../../support/raw_http.ts";
import { PASSWORD, RunningGateway } from "../../support/running_gateway.ts";

const PROXY_SECRET = "a secret of the proxy's";
const BEARER = 'Bearer realm="nalgate"';
const BASIC = 'Basic realm="nalgate", charset="UTF-8"';

/** A gateway that takes Basic, and the word of a proxy on this machine. */
async function setup() {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryFolder());
  const secretFile = `${folder.path}/secret`;
  await Deno.writeTextFile(secretFile, PROXY_SECRET);
  const { access } = defaultConfig();
  const role = "viewer";
  const running = stack.use(
    await RunningGateway.start({
      users: { ann: view("front") },
      config: {
        access: {
          ...access,
          basicAuth: true,
          roles: [{ name: role as Name, grants: view("front") }],
          proxyAuth: {
            ...access.proxyAuth,
            peers: ["127.0.0.1"],
            secretFile,
            roles: [{ group: "kvm", role }],
          },
        },
      },
    }),
  );
  const around = stack.move();
  return {
    running,
    /** Sends a request with just these header lines. */
    ask: (...lines: readonly string[]) =>
      rawHttp(
        running.gateway.address.port,
        [
          "GET /api/session HTTP/1.1",
          "Host: 127.0.0.1",
          "Connection: close",
          ...lines,
          "\r\n",
        ].join("\r\n"),
      ),
    [Symbol.asyncDispose]: () => around[Symbol.asyncDispose](),
  };
}

function basic(password: string): string {
  return `Basic ${btoa(`ann:${password}`)}`;
}

Deno.test("a 401 names the ways in, but lets no browser ask for them", async (t) => {
  await using test = await setup();
  const wrong = `Authorization: ${basic("wrong horse")}`;
  const both = `${BEARER}, ${BASIC}`;
  const cases: readonly [string, readonly string[], string][] = [
    ["a program", [], both],
    ["a program with a wrong password", [wrong], both],
    ["a browser", ["Accept-Language: en"], BEARER],
    ["a browser of today", ["Sec-Fetch-Mode: cors"], BEARER],
    [
      "a browser that was told a password",
      [wrong, "Accept-Language: en"],
      BEARER,
    ],
  ];
  for (const [name, lines, wanted] of cases) {
    await t.step(name, async () => {
      const { status, text } = await test.ask(...lines);
      assertEquals(status, 401);
      const [, challenge] = /^www-authenticate: (.*)\r$/im.exec(text) ?? [];
      assertEquals(challenge, wanted);
    });
  }
  await t.step("the right password", async () => {
    const answer = await test.ask(`Authorization: ${basic(PASSWORD)}`);
    assertEquals(answer.status, 200, answer.text);
    assert(!answer.text.includes("set-cookie"));
  });
});

Deno.test("identity headers are read as the socket brought them", async (t) => {
  await using test = await setup();
  const good = [
    `Nalgate-Proxy-Secret: ${PROXY_SECRET}`,
    "Remote-User: bob",
    "Remote-Groups: kvm",
  ];
  const cases: readonly [string, readonly string[], number][] = [
    ["as they should be", good, 200],
    ["without the secret", good.slice(1), 401],
    ["groups of the client's own", [...good, "Remote-Groups: admin"], 400],
    ["a user of the client's own", [...good, "remote-user: root"], 400],
    ["with an underscore", [...good, "Remote_User: root"], 400],
  ];
  for (const [name, lines, status] of cases) {
    await t.step(name, async () => {
      const answer = await test.ask(...lines);
      assertEquals(answer.status, status, answer.text);
      if (status === 200) assert(answer.text.includes('"bob"'), answer.text);
      assert(!answer.text.includes("set-cookie"));
    });
  }
});

Deno.test("each credential opens its camera only, and is in the log by name", async (t) => {
  await using test = await setup();
  const { running } = test;
  const { stateDir, origin } = running;
  const machines = await Machines.open({ stateDir, now: Date.now });
  const { token } = await machines.issue({
    name: "garage",
    grants: view("front"),
    speaksForUsers: true,
  });
  await running.gateway.auth.review();
  const claim = (instance: string) =>
    signUserClaim({
      token,
      instance,
      audience: running.url,
      user: "eve",
      now: Date.now,
    });
  const authorization = `Bearer ${token}`;
  const cases: Readonly<
    Record<string, readonly [Record<string, string>, string]>
  > = {
    basic: [{ authorization: basic(PASSWORD) }, "ann"],
    machine: [{ authorization }, "garage"],
    hub: [
      { authorization, "nalgate-user": await claim("nalgate-hub") },
      "eve@garage",
    ],
    proxy: [{
      origin,
      "nalgate-proxy-secret": PROXY_SECRET,
      "remote-user": "bob",
      "remote-groups": "kvm",
    }, "bob"],
  };
  for (const [kind, [headers, user]] of Object.entries(cases)) {
    await t.step(kind, async () => {
      const viewer = await running.watch("cameras/front/janus", headers);
      assertEquals(viewer.status, 101);
      viewer.socket.close();
      await viewer.closed;
      const other = await running.watch("cameras/back/janus", headers);
      assertEquals(other.status, 403);
      const refused = running.logLines.findLast((line) =>
        line.includes('"forbidden"')
      );
      assertEquals(JSON.parse(refused ?? "{}").user, user);
    });
  }
  await t.step(
    "a proxy's user needs the right Origin, as with a cookie",
    async () => {
      const [headers] = cases.proxy ?? [{}];
      const viewer = await running.watch("cameras/front/janus", {
        ...headers,
        origin: "https://evil.example",
      });
      assertEquals(viewer.status, 403);
    },
  );
  await t.step("a claim of our own comes in a circle", async () => {
    const { instance } = running.gateway.auth;
    const answer = await running.request("api/cameras", {
      headers: { authorization, "nalgate-user": await claim(instance) },
    });
    assertEquals(answer.status, 508);
  });
});
