import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Name, ProxyAuthConfig } from "../../../../src/config/config.ts";
import { defaultConfig } from "../../../../src/config/parse.ts";
import { GatewayError } from "../../../../src/errors.ts";
import {
  SECRET_FILE_AGE_MS,
  SESSION_AGE_MAX_MS,
} from "../../../../src/limits.ts";
import {
  admin,
  temporaryFolder,
  testAuth,
  view,
} from "../../../support/gateway.ts";

const SECRET = "0123456789abcdef";
const PEER = "10.0.0.1";
const GOOD: readonly string[] = [
  "Nalgate-Proxy-Secret",
  SECRET,
  "Remote-User",
  "ann",
  "Remote-Groups",
  "staff, kvm",
];

async function setup(fields: Partial<ProxyAuthConfig> = {}) {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryFolder());
  const secretFile = `${folder.path}/secret`;
  await Deno.writeTextFile(secretFile, `${SECRET}\n`);
  const access = {
    ...defaultConfig().access,
    roles: [
      { name: "viewer" as Name, grants: view("front") },
      { name: "boss" as Name, grants: admin("**") },
    ],
    proxyAuth: {
      ...defaultConfig().access.proxyAuth,
      peers: ["10.0.0.0/8"],
      secretFile,
      roles: [
        { group: "kvm", role: "viewer" },
        { group: "it", role: "boss" },
      ],
      ...fields,
    },
  };
  const test = stack.use(await testAuth({ access }));
  const { auth } = test;
  const present = (rawHeaders: readonly string[], peer = PEER) => {
    const headers = new Headers();
    for (let at = 0; at < rawHeaders.length; at += 2) {
      headers.append(rawHeaders[at] ?? "", rawHeaders[at + 1] ?? "");
    }
    return auth.presented(headers, { peer, rawHeaders, secure: true });
  };
  const around = stack.move();
  return {
    ...test,
    access,
    secretFile,
    present,
    principal: async () => {
      const proof = await present(GOOD);
      assert(proof !== undefined);
      return await auth.authenticate(proof);
    },
    [Symbol.asyncDispose]: () => around[Symbol.asyncDispose](),
  };
}

Deno.test("a proxy's word counts, with its groups' roles", async () => {
  await using test = await setup();
  const principal = await test.principal();
  assertEquals(principal.user, "ann");
  assertEquals(principal.userId, "proxy:ann");
  assertEquals(principal.grants, view("front"));
  assertEquals(principal.credential.kind, "proxy");
  const mapped = await test.present(GOOD, `::ffff:${PEER}`);
  assertEquals(mapped?.kind, "proxy");
});

Deno.test("everybody has the role of the group *", async () => {
  await using test = await setup({ roles: [{ group: "*", role: "boss" }] });
  const proof = await test.present(GOOD.slice(0, 4));
  assert(proof !== undefined);
  assertEquals((await test.auth.authenticate(proof)).grants, admin("**"));
});

Deno.test("a proxy's word goes before what else the request has", async () => {
  await using test = await setup();
  const others = [
    ["Cookie", "__Host-nalgate=stale"],
    ["Authorization", "Basic YTpi"],
    ["Authorization", "Bearer a.b.c"],
  ];
  for (const other of others) {
    assertEquals((await test.present([...GOOD, ...other]))?.kind, "proxy");
  }
});

Deno.test("identity headers of anybody else are not looked at", async (t) => {
  await using test = await setup();
  const without = (name: string) =>
    GOOD.filter((_, at) => GOOD[at - at % 2] !== name);
  const secret = (text: string) => [
    "Nalgate-Proxy-Secret",
    text,
    ...without("Nalgate-Proxy-Secret"),
  ];
  const cases: readonly [string, readonly string[], string?][] = [
    ["a stranger", GOOD, "192.0.2.1"],
    ["this machine", GOOD, "127.0.0.1"],
    ["no address", GOOD, ""],
    ["a neighbour by text", GOOD, "10.0.0.1.evil"],
    ["no secret", without("Nalgate-Proxy-Secret")],
    ["an empty secret", secret("")],
    ["another secret", secret("0123456789abcdeF")],
    ["the beginning of the secret", secret(SECRET.slice(0, -1))],
    ["the secret and more", secret(`${SECRET}0`)],
    ["the secret twice", [...GOOD, "Nalgate-Proxy-Secret", SECRET]],
    ["the secret under another name", [
      "Nalgate_Proxy_Secret",
      SECRET,
      ...without("Nalgate-Proxy-Secret"),
    ]],
    ["no user", without("Remote-User")],
    ["an empty user", ["Remote-User", "", ...without("Remote-User")]],
    ["the user under other names", [
      ...without("Remote-User"),
      ...["X-Remote-User", "ann", "X-Forwarded-User", "ann", "Remoteuser", "x"],
    ]],
  ];
  for (const [name, headers, peer] of cases) {
    await t.step(name, async () => {
      assertEquals(await test.present(headers, peer), undefined);
    });
  }
});

Deno.test("identity headers that can be read in two ways are refused", async (t) => {
  await using test = await setup();
  const cases: readonly [string, readonly string[]][] = [
    ["two users", [...GOOD, "Remote-User", "root"]],
    ["two equal users", [...GOOD, "remote-user", "ann"]],
    ["a user with an underscore", [...GOOD, "Remote_User", "root"]],
    ["groups twice", [...GOOD, "Remote-Groups", "it"]],
    ["groups with an underscore", [...GOOD, "REMOTE_GROUPS", "it"]],
    ["only an underscore", [
      ...GOOD.slice(0, 2),
      "remote_user",
      "root",
    ]],
    ["a user with a control character", [
      ...GOOD.slice(0, 2),
      "Remote-User",
      "a\tb",
    ]],
    ["a long user", [...GOOD.slice(0, 2), "Remote-User", "x".repeat(65)]],
    ["very many groups", [
      ...GOOD.slice(0, 4),
      "Remote-Groups",
      "g,".repeat(200),
    ]],
  ];
  for (const [name, headers] of cases) {
    await t.step(name, async () => {
      const error = await assertRejects(
        () => test.present(headers),
        GatewayError,
      );
      assertEquals(error.code, "bad_request");
    });
  }
});

Deno.test("the proxy's secret is read afresh, and never taken when weak", async (t) => {
  await using test = await setup();
  const { secretFile, clock, lines } = test;
  const kind = async () => (await test.present(GOOD))?.kind;
  assertEquals(await kind(), "proxy");
  const texts = ["another secret of the proxy's", "", "short", " \n"];
  for (const text of texts) {
    await t.step(JSON.stringify(text), async () => {
      await Deno.writeTextFile(secretFile, text);
      clock.advance(SECRET_FILE_AGE_MS);
      assertEquals(await kind(), undefined);
      const named = [...GOOD];
      named[1] = text.trim();
      assertEquals(
        (await test.present(named))?.kind,
        text.length > 16 ? "proxy" : undefined,
      );
    });
  }
  await t.step("no file", async () => {
    await Deno.remove(secretFile);
    clock.advance(SECRET_FILE_AGE_MS);
    assertEquals(await kind(), undefined);
    assertEquals(await kind(), undefined);
  });
  await t.step("the file is back", async () => {
    await Deno.writeTextFile(secretFile, SECRET);
    clock.advance(SECRET_FILE_AGE_MS);
    assertEquals(await kind(), "proxy");
  });
  await t.step("the log says why, once, and no secret", () => {
    const told = lines.filter((line) => line.includes("identity headers"));
    assertEquals(told.length, 3, told.join("\n"));
    assert(!lines.join().includes(SECRET));
  });
});

Deno.test("a proxy's user keeps a picture until the right ends", async (t) => {
  type Setup = Awaited<ReturnType<typeof setup>>;
  const configure = (fields: Partial<ProxyAuthConfig>) => (test: Setup) => {
    const { access } = test;
    const proxyAuth = { ...access.proxyAuth, ...fields };
    test.auth.configure({ ...access, proxyAuth });
  };
  const cases: readonly [string, (test: Setup) => void, string?][] = [
    ["nothing", configure({})],
    [
      "another role of the group, with the camera",
      configure({
        roles: [{ group: "staff", role: "boss" }],
      }),
    ],
    ["almost a week", ({ clock }) => clock.advance(SESSION_AGE_MAX_MS - 1)],
    [
      "a week",
      ({ clock }) => clock.advance(SESSION_AGE_MAX_MS),
      "session_ended",
    ],
    ["the role is gone", configure({ roles: [] }), "rights_ended"],
    ["the proxy is gone", configure({ peers: [] }), "session_ended"],
  ];
  for (const [name, change, reason] of cases) {
    await t.step(name, async () => {
      await using test = await setup();
      const { credential } = await test.principal();
      const { signal } = test.auth.leases.open(credential, "front");
      assertEquals(signal.aborted, false);
      change(test);
      await test.auth.review();
      const ended = signal.reason as GatewayError | undefined;
      assertEquals(ended?.code as string | undefined, reason);
    });
  }
});
