import { assertEquals } from "@std/assert";
import plugin, { soundsSecret } from "../../lint/secrets.ts";

function lint(source: string, file = "/p/src/gateway/auth/x.ts"): string[] {
  return Deno.lint.runPlugin(plugin, file, source)
    .map(({ message }) => message);
}

Deno.test("the secrets lint refuses === on what sounds secret", async (t) => {
  const cases: readonly (readonly [source: string, name: string])[] = [
    ["a = token === other", "token"],
    ["a = other !== token", "token"],
    ["a = token == other", "token"],
    ["if (sent != this.#secret) b()", "secret"],
    ["a = user.password === before", "password"],
    ["a = user?.password === before", "password"],
    ["a = record.hash === two", "hash"],
    ["a = found!.passwordHash === one", "passwordHash"],
    ["a = one === apiSecret!", "apiSecret"],
    ["a = sha256Digest === b.digest", "sha256Digest"],
    ["a = hashOf(one) === two", "hashOf"],
    ["a = createHash(x).digest() === two", "digest"],
    ["a = list.find((one) => one.token === two)", "token"],
  ];
  for (const [source, name] of cases) {
    await t.step(source, () => {
      assertEquals(lint(source), [`compare ${name} with sameSecret()`]);
    });
  }
});

Deno.test("the secrets lint leaves alone what tells nothing", async (t) => {
  const sources = [
    "a = token === undefined",
    "a = null !== secret",
    'a = password === ""',
    "a = token.length === 43",
    "a = record.tokenId === id",
    "a = secretFile === before",
    "a = kid === key.kid",
    "a = sameSecret(token, other)",
    "a = token < other",
    "a = nameOf(token) === two",
  ];
  for (const source of sources) {
    await t.step(source, () => assertEquals(lint(source), []));
  }
  await t.step("elsewhere", () => {
    const source = "a = token === other";
    assertEquals(lint(source, "/p/src/gateway/tunnel/x.ts"), []);
    assertEquals(lint(source, "/p/tests/unit/gateway/auth/x.ts"), []);
  });
});

Deno.test("soundsSecret() goes by the name", () => {
  const names = ["userToken", "API_SECRET", "phc", "hmac", "passwordHash"];
  assertEquals(names.filter((name) => !soundsSecret(name)), []);
  const others = ["user", "tokenCount", "TOKENS_MAX", "secretFile", "kid"];
  assertEquals(others.filter(soundsSecret), []);
});
