import { assertEquals, assertMatch } from "@std/assert";
import { deadline } from "@std/async/deadline";
import { totpCode } from "../../../src/gateway/auth/totp.ts";
import { Users } from "../../../src/gateway/auth/users.ts";
import { temporaryFolder, view } from "../../support/gateway.ts";
import { MAIN } from "../../support/process.ts";
import { PASSWORD, RunningGateway } from "../../support/running_gateway.ts";

const PATIENCE_MS = 10_000;

/** Runs the real command line on a state folder. */
async function nalgate(
  stateDir: string,
  args: readonly string[],
  stdin = "",
): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "-P=supervisor", MAIN, ...args],
    env: { NALGATE_STATE: stateDir, NO_COLOR: "1" },
    // No nalgate.yaml of whoever runs the tests.
    cwd: stateDir,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(stdin)).catch(() => {});
  await writer.close().catch(() => {});
  const { code, stdout, stderr } = await child.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

Deno.test("nalgate user adds, changes, lists and removes", async () => {
  await using folder = await temporaryFolder();
  const run = (args: string, stdin?: string) =>
    nalgate(folder.path, args.split(" "), stdin);
  const add = await run(
    "user add ann --camera front --camera lab*",
    "12345678\n",
  );
  assertEquals([add.code, add.stdout], [0, "ann added\n"]);
  const before = (await Users.open(folder.path)).find("ann");
  assertMatch(before?.password ?? "", /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);

  const passwd = await run("user passwd ann", "another password\n");
  assertEquals(passwd.code, 0);
  const after = (await Users.open(folder.path)).find("ann");
  assertEquals(after?.id, before?.id);
  assertEquals(after?.password === before?.password, false);
  assertEquals((after?.sessionsFrom ?? 0) > 0, true);

  const list = await run("user list");
  assertEquals(list.stdout, "ann  view:front view:lab*\n");
  assertEquals((await run("user del ann")).code, 0);
  assertEquals((await run("user list")).stdout, "");
});

Deno.test("nalgate user, token and share say what is wrong", async (t) => {
  await using folder = await temporaryFolder();
  const cases: readonly (readonly [string, number, RegExp, string?])[] = [
    [
      "user",
      2,
      /one of add, grant, import, passwd, totp, del, list is missing/,
    ],
    ["user rename", 2, /"rename" is none of/],
    ["user add", 2, /missing NAME/],
    ["user add Ann --camera *", 2, /no user name/],
    ["user add ann", 2, /--camera GLOB or --role ROLE is missing/],
    ["user add ann --role boss", 2, /--role "boss" is no key of roles/],
    ["user grant nobody --camera *", 1, /there is no user nobody/],
    ["user import nosuch --camera *", 2, /nosuch cannot be read/],
    ["user add ann --camera ../x", 2, /no camera name/],
    ["user add ann --camera * --password x", 2, /unknown flag --password/],
    ["user add ann --camera *", 1, /needs 8 characters/, "short\n"],
    ["user add ann --camera *", 1, /more than 1024 bytes/, "x".repeat(2000)],
    ["user passwd nobody", 1, /there is no user nobody/],
    ["user del nobody", 1, /there is no user nobody/],
    ["token create --camera *", 2, /either --user NAME or --machine/],
    [
      "token create --user ann --machine rig --camera *",
      2,
      /either --user NAME or --machine/,
    ],
    ["token create --machine Rig --camera *", 2, /"Rig" is no name/],
    ["token create --machine rig", 2, /--camera GLOB is missing/],
    ["token create --machine rig --camera * --ttl 1y", 2, /--ttl "1y"/],
    [
      "token create --user ann --camera * --speaks-for-users",
      2,
      /goes with --machine only/,
    ],
    ["user totp nobody", 2, /missing on\|off/],
    ["user totp nobody yes", 2, /"yes" is neither on nor off/],
    ["user totp nobody on", 1, /there is no user nobody/],
    ["token create --user ann --camera * --ttl 2d", 2, /--ttl "2d"/],
    ["token create --user ann --camera * --ttl 25h", 2, /--ttl "25h"/],
    ["token create --user ann --camera * --ttl 0s", 2, /--ttl "0s"/],
    ["token create --user nobody --camera *", 1, /no user nobody/],
    ["token revoke", 2, /either ID, --user NAME or --machine/],
    ["token revoke abc", 1, /no such token/],
    ["share create --user ann", 2, /--camera NAME is missing/],
    ["share create --user ann --camera *", 2, /no camera's name/],
    ["share create --camera front", 2, /--user NAME is missing/],
    ["share create --camera front --user ann --ttl 8d", 2, /--ttl "8d"/],
    ["share create --camera front --user nobody", 1, /no user nobody/],
    ["share revoke abc", 1, /no such link/],
  ];
  for (const [args, code, message, stdin] of cases) {
    await t.step(args, async () => {
      const result = await nalgate(folder.path, args.split(" "), stdin);
      assertEquals(result.code, code, result.stderr);
      assertMatch(result.stderr, message);
    });
  }
});

Deno.test("nalgate user totp asks for a code in a running gateway", async () => {
  await using running = await RunningGateway.start({
    users: { ann: view("**") },
  });
  const { stateDir, origin, gateway } = running;
  const run = (word: string) =>
    nalgate(stateDir, ["user", "totp", "ann", word]);
  const login = async (json: object = {}) => {
    await gateway.auth.review();
    const { status, text } = await running.request("api/login", {
      method: "POST",
      headers: { origin },
      json: { user: "ann", password: PASSWORD, ...json },
    });
    return status === 204 ? 204 : JSON.parse(text).error;
  };
  const { stdout } = await run("on");
  const [, secret = ""] =
    /^otpauth:\/\/totp\/nalgate%3Aann\?secret=([A-Z2-7]{32})&issuer=nalgate\n$/
      .exec(stdout) ?? [];
  assertEquals(await login(), "totp_needed");
  const totp = totpCode(secret, Math.floor(Date.now() / 30_000));
  assertEquals(await login({ totp }), 204);
  assertEquals(await login({ totp }), "totp_refused");
  const list = await nalgate(stateDir, ["user", "list"]);
  assertEquals(list.stdout, "ann  view:**  (with a code)\n");
  assertEquals((await run("off")).code, 0);
  assertEquals(await login(), 204);
});

Deno.test("nalgate token counts at once in a running gateway", async () => {
  await using running = await RunningGateway.start({
    users: { ann: view("**") },
  });
  const { stateDir } = running;
  const create = await nalgate(
    stateDir,
    "token create --user ann --camera front --ttl 10m".split(" "),
  );
  assertEquals(create.code, 0, create.stderr);
  const headers = { authorization: `Bearer ${create.stdout.trim()}` };
  const use = async () =>
    (await running.request("api/cameras", { headers })).status;
  const becomes = async (status: number) => {
    while (await use() !== status);
  };
  await deadline(becomes(200), PATIENCE_MS);
  const viewer = await running.watch("cameras/front/janus", headers);
  assertEquals(viewer.status, 101);
  const list = await nalgate(stateDir, ["token", "list"]);
  assertMatch(list.stdout, /^[0-9a-f]{24} {2}ann {2}view:front {2}until 20/);
  const [id = ""] = list.stdout.split(" ");
  assertEquals((await nalgate(stateDir, ["token", "revoke", id])).code, 0);
  assertEquals((await deadline(viewer.closed, PATIENCE_MS)).code, 4401);
  await deadline(becomes(401), PATIENCE_MS);
});

Deno.test("nalgate user passwd ends the sessions in a running gateway", async () => {
  await using running = await RunningGateway.start({
    users: { ann: view("**") },
  });
  const headers = {
    ...await running.signIn("ann"),
    origin: running.origin,
  };
  const viewer = await running.watch("cameras/front/janus", headers);
  const { code } = await nalgate(
    running.stateDir,
    ["user", "passwd", "ann"],
    `${PASSWORD}\n`,
  );
  assertEquals(code, 0);
  assertEquals((await deadline(viewer.closed, PATIENCE_MS)).code, 4401);
  await running.signIn("ann");
});

const ROLES = `
roles:
  operator: { view: [front, "lab*"] }
  boss: { admin: ["**"] }
`;

Deno.test("nalgate user grants roles and replaces rights", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(`${folder.path}/nalgate.yaml`, ROLES);
  const run = (args: string, stdin?: string) =>
    nalgate(folder.path, args.split(" "), stdin);
  const add = await run("user add ann --role operator", "12345678\n");
  assertEquals(add.code, 0, add.stderr);
  const before = (await Users.open(folder.path)).find("ann");
  assertEquals([before?.grants, before?.roles], [[], ["operator"]]);

  const grant = await run("user grant ann --camera * --admin --role boss");
  assertEquals(grant.stdout, "ann  admin:* role:boss\n", grant.stderr);
  assertEquals((await run("user list")).stdout, "ann  admin:* role:boss\n");
  const none = await run("user grant ann");
  assertEquals(none.stdout, "ann  no rights\n");
  const after = (await Users.open(folder.path)).find("ann");
  assertEquals(after?.password, before?.password);
  const near = await run("user grant ann --role operatr");
  assertEquals(near.code, 2);
  assertMatch(near.stderr, /did you mean operator\?/);
});

Deno.test("nalgate user import takes the bcrypt lines of a htpasswd file", async () => {
  await using running = await RunningGateway.start({
    users: { ann: view("back") },
  });
  const { stateDir } = running;
  const hash = "$2y$04$/uaF/uaF/uaF/uaF/uaF/u6TEgyYmJd3P9pjrLThYbp3Es11Sf7Pe";
  await Deno.writeTextFile(
    `${stateDir}/htpasswd`,
    [
      "# users of before",
      `bob:${hash}`,
      "",
      "eve:$apr1$abcdefgh$0123456789012345678901",
      `ann:${hash}`,
      `Root:${hash}`,
      `slow:${hash.replace("$04$", "$31$")}`,
    ].join("\n"),
  );
  const args = ["user", "import", "htpasswd", "--camera", "front"];
  const { code, stdout, stderr } = await nalgate(stateDir, args);
  assertEquals([code, stdout], [1, "bob added\n"]);
  assertEquals(stderr.split("\n").map((line) => line.slice(14)), [
    "htpasswd:4: no bcrypt hash; see htpasswd -B",
    "htpasswd:5: ann cannot be added",
    "htpasswd:6: no user name: a-z 0-9 . _ @ - only",
    "htpasswd:7: a bcrypt hash that takes too long",
    "",
  ]);
  await running.gateway.auth.review();
  const headers = await running.signIn("bob");
  assertEquals(
    (await running.watch("cameras/front/janus", {
      ...headers,
      origin: running.origin,
    })).status,
    101,
  );
  const bob = (await Users.open(stateDir)).find("bob");
  assertMatch(bob?.password ?? "", /^\$argon2id\$v=19\$m=19456,/);
});

Deno.test("nalgate token makes machines' tokens, which count at once", async () => {
  await using running = await RunningGateway.start();
  const { stateDir } = running;
  const run = (args: string) => nalgate(stateDir, args.split(" "));
  const create = await run(
    "token create --machine rig --camera front --speaks-for-users",
  );
  assertEquals(create.code, 0, create.stderr);
  assertMatch(create.stdout, /^nalgate_[0-9a-f]{24}_[\w-]{43}\n$/);
  assertMatch(create.stderr, /of machine rig, until it is revoked\n$/);
  const brief = await run("token create --machine rig --camera * --ttl 90d");
  assertMatch(brief.stderr, /of machine rig, until 20/);
  const list = await run("token list");
  assertMatch(
    list.stdout,
    /machine rig {2}view:front {2}until it is revoked {2}speaks for users\n/,
  );
  const headers = { authorization: `Bearer ${create.stdout.trim()}` };
  await running.gateway.auth.review();
  const viewer = await running.watch("cameras/front/janus", headers);
  assertEquals(viewer.status, 101);
  assertEquals(
    (await running.watch("cameras/back/janus", headers)).status,
    403,
  );
  const revoke = await run("token revoke --machine rig");
  assertEquals([revoke.code, revoke.stdout], [0, "2 revoked\n"]);
  assertEquals((await deadline(viewer.closed, PATIENCE_MS)).code, 4401);
  assertEquals((await run("token list")).stdout, "");
});

Deno.test("nalgate share counts at once in a running gateway", async () => {
  await using running = await RunningGateway.start({
    users: { ann: [{ right: "admin", cameras: "front" }], bob: view("**") },
  });
  const { stateDir, origin } = running;
  const create = (...args: string[]) =>
    nalgate(stateDir, ["share", "create", "--camera", "front", ...args]);
  const refused = await create("--user", "bob");
  assertEquals(refused.code, 1);
  assertMatch(refused.stderr, /bob does not administer front/);
  const made = await create("--user", "ann", "--note", "the plumber");
  assertEquals(made.code, 0, made.stderr);
  const [, code = ""] = /\/share#code=([\w-]{43})\n$/.exec(made.stdout) ?? [];
  await running.gateway.auth.review();
  const { headers } = await running.request("api/shares/open", {
    method: "POST",
    headers: { origin },
    json: { code },
  });
  const cookie = headers.get("set-cookie")?.split(";")[0] ?? "";
  const viewer = await running.watch("cameras/front/janus", { cookie, origin });
  assertEquals(viewer.status, 101);
  const list = await nalgate(stateDir, ["share", "list"]);
  assertMatch(
    list.stdout,
    /^[0-9a-f]{24} {2}front {2}by ann {2}until 20\S+ {2}the plumber\n$/,
  );
  const [id = ""] = list.stdout.split(" ");
  assertEquals((await nalgate(stateDir, ["share", "revoke", id])).code, 0);
  assertEquals((await deadline(viewer.closed, PATIENCE_MS)).code, 4401);
});
