import { beforeAll, describe, expect, test } from "vitest";
import { REFUSED } from "../accounts.ts";
import { curl, hasCurl } from "../curl.ts";
import { bodyOf, call, get, logIn, postAuth } from "../http.ts";
import { HandClock, ownTest, useOwnTarget, useTarget } from "../target.ts";

const COMPACT_JWT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

const target = useTarget();
let username: string;
let password: string;
beforeAll(() => {
  username = encodeURIComponent(target.manager.username);
  password = encodeURIComponent(target.manager.password);
});

/** Claims of the token in an answer that must be a success. */
async function claimsOf(response: Response): Promise<Record<string, unknown>> {
  const text = await response.text();
  expect(response.status, text).toBe(201);
  return decode(text);
}

function decode(token: string): Record<string, unknown> {
  expect(token).toMatch(COMPACT_JWT);
  return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
}

test("platform 2.1 [D]: success is 201 and the bare compact token", async () => {
  const response = await postAuth(target, `username=${username}&password=${password}&token=true`);
  expect(response.status).toBe(201);
  expect(await response.text()).toMatch(COMPACT_JWT);
});

test("platform 2.1 [O]: the token is text/plain;charset=UTF-8", async () => {
  const response = await postAuth(target, `username=${username}&password=${password}&token=true`);
  expect(response.headers.get("content-type")).toBe("text/plain;charset=UTF-8");
});

describe.skipIf(!hasCurl)("with the curl that the guides use", () => {
  const auth = (...args: string[]) =>
    curl("-X", "POST", `${target.url}/auth`, "-H", "Content-Type: application/x-www-form-urlencoded", ...args);

  test("platform 2.1 [D]: printed form 1 works", async () => {
    const { username: name, password: word } = target.manager;
    const claims = decode(await auth("-d", `username=${name}&password=${word}&token=true`));
    expect(claims.sub).toBe(name);
    expect(claims).not.toHaveProperty("permissions");
  });

  test("platform 2.1 [D]: printed form 2 works and has the permissions", async () => {
    const { username: name, password: word } = target.manager;
    const claims = decode(await auth("-d", `username=${name}&password=${word}&token=true&permissions=true`));
    expect(claims.permissions).toContain("ETM API Access");
  });

  test("platform 2.1 [D]: printed form 3 works and has the permissions", async () => {
    const { username: name, password: word } = target.manager;
    const fields = [`username=${name}`, `password=${word}`, "token=true&permissions=true"];
    const claims = decode(await auth(...fields.flatMap((field) => ["--data-urlencode", field])));
    expect(claims.permissions).toContain("ETM API Access");
  });

  test("platform 4 [D]: the printed call with -i shows status and limit headers", async () => {
    const bearer = `Authorization: Bearer ${await logIn(target)}`;
    const headers = ["-H", "Accept: */*", "-H", bearer, "-H", "Content-Type: application/json"];
    const text = await curl("-X", "GET", ...headers, "-i", `${target.url}/ot/v1/host/list`);
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(text).toMatch(/\r\nX-RateLimit-Remaining: \d+\r\n/);
  });
});

describe("one field that holds an encoded query string", () => {
  test("platform 2.1 [D]: it is read again and merged", async () => {
    const form = `username=${username}&password=${password}&token=true%26permissions%3Dtrue`;
    expect((await claimsOf(await postAuth(target, form))).permissions).toContain("ETM API Access");
  });

  test("platform 2.1 [D]: explicit fields win over it, before and after it", async () => {
    const embedded = "token=true%26permissions%3Dtrue%26username%3Dnobody%26password%3Dwrong";
    const own = `username=${username}&password=${password}&permissions=false`;
    for (const form of [`${own}&${embedded}`, `${embedded}&${own}`]) {
      const claims = await claimsOf(await postAuth(target, form));
      expect(claims.sub).toBe(target.manager.username);
      expect(claims).not.toHaveProperty("permissions");
    }
  });

  test("platform 2.1 [D]: a false in it is a false", async () => {
    const form = `username=${username}&password=${password}&token=false%26permissions%3Dtrue`;
    expect((await postAuth(target, form)).status).toBe(400);
  });

  test("platform 2.1 [D]: its values are decoded as those of any query string", async () => {
    const form = `username=${username}&password=${password}&token=true%26permissions%3Dtru%2565`;
    expect(await claimsOf(await postAuth(target, form))).toHaveProperty("permissions");
  });
});

test("platform 2.1 [O]: token missing means true", async () => {
  await claimsOf(await postAuth(target, `username=${username}&password=${password}`));
});

test.each(["true", "True", "TRUE", "1", "yes", "on"])("platform 2.1 [O]: token=%s is true", async (word) => {
  await claimsOf(await postAuth(target, `username=${username}&password=${password}&token=${word}`));
});

test.each(["true", "True", "TRUE", "1", "yes", "on"])("platform 2.1 [O]: permissions=%s is true", async (word) => {
  const form = `username=${username}&password=${password}&permissions=${word}`;
  expect(await claimsOf(await postAuth(target, form))).toHaveProperty("permissions");
});

test("platform 2.1 [O]: an explicit false is a 400", async () => {
  const response = await postAuth(target, `username=${username}&password=${password}&token=false`);
  expect((await bodyOf(response, 400)).message).toContain("token");
});

test.each(["", "maybe"])("platform 2.1 [O]: only an explicit false is a 400, token=%o is not", async (word) => {
  await claimsOf(await postAuth(target, `username=${username}&password=${password}&token=${word}`));
});

test("platform 2.1 [O]: permissions is not required, not even for ETM", async () => {
  const token = await (await postAuth(target, `username=${username}&password=${password}&token=true`)).text();
  expect((await call(target, "POST", "/etm/api/rest/v1/reports/list", { token })).status).toBe(200);
});

test("platform 2.1 [O]: a repeated field, the last one wins", async () => {
  const form = `username=nobody&password=wrong&username=${username}&password=${password}&permissions=true&permissions=false`;
  const claims = await claimsOf(await postAuth(target, form));
  expect(claims.sub).toBe(target.manager.username);
  expect(claims).not.toHaveProperty("permissions");
});

test("platform 2.1 [O]: extra fields are ignored", async () => {
  await claimsOf(await postAuth(target, `grant_type=x&username=${username}&a[]=1&__proto__=2&password=${password}`));
});

test("platform 2.1 [D]: plus and percent escapes of the form are decoded", async () => {
  const form = `username=${username.replace("_", "%5F")}&password=${password.replaceAll("-", "%2D")}`;
  await claimsOf(await postAuth(target, form));
});

test.each([
  ["username", "password=x"],
  ["username", "username=&password=x"],
  ["password", "username=x"],
  ["password", "username=x&password="],
  ["username", ""],
])("platform 2.1 [B]: a missing %s is a 400 that names it", async (name, form) => {
  expect((await bodyOf(await postAuth(target, form), 400)).message).toContain(name);
});

test("platform 2.1 [B]: a JSON body is 415", async () => {
  expect((await call(target, "POST", "/auth", { json: target.manager })).status).toBe(415);
});

test("platform 2.1 [B]: GET is 405", async () => {
  const response = await get(target, `/auth?username=${username}&password=${password}`);
  expect(response.status).toBe(405);
  expect(response.headers.get("allow")).toContain("POST");
});

test.each(["charset=UTF-8", "charset=utf-8; x=y"])(
  "platform 2.1 [D]: the form's type may have parameters: %s",
  async (parameter) => {
    const headers = { "content-type": `application/x-www-form-urlencoded; ${parameter}` };
    const body = `username=${username}&password=${password}`;
    expect((await call(target, "POST", "/auth", { body, headers })).status).toBe(201);
  },
);

test("platform 2.1 [D]: a wrong password is 401 with the printed body", async () => {
  const response = await postAuth(target, `username=${username}&password=wrong&token=true`);
  expect(response.status).toBe(401);
  expect(await response.text()).toBe(REFUSED);
});

test("platform 2.1 [B]: right log-ins are let in, however many come at once", async () => {
  const form = `username=${username}&password=${password}`;
  const answers = await Promise.all(Array.from({ length: 12 }, () => postAuth(target, form)));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
});

test("platform 2.1 [D]: an unknown user gets the very same answer", async () => {
  const [wrong, unknown] = [
    await postAuth(target, `username=${username}&password=wrong`),
    await postAuth(target, "username=no-such-user&password=wrong"),
  ];
  const visible = (response: Response) =>
    [...response.headers].filter(([name]) => name !== "date" && name !== "x-request-id");
  expect(unknown.status).toBe(wrong.status);
  expect(visible(unknown)).toEqual(visible(wrong));
  expect(await unknown.text()).toBe(await wrong.text());
});

describe("on an installation of its own", () => {
  const clock = new HandClock("2025-09-01T08:00:00Z");
  const own = useOwnTarget({ clock: clock.read });
  const create = async (name: string, role: string) => {
    const json = { username: name, password: "a-long-pass-phrase-1", role };
    const response = await call(own, "POST", "/admin/1.0/user/create", { token: await logIn(own), json });
    await bodyOf(response, 201);
  };

  ownTest("platform 3 [D]: a Contact cannot log in, and gets the very same answer", async () => {
    await create("contact_1", "Contact");
    const response = await postAuth(own, "username=contact_1&password=a-long-pass-phrase-1");
    expect(response.status).toBe(401);
    expect(await response.text()).toBe(REFUSED);
  });

  ownTest("platform 2.1 [D]: /auth never counts against the API limits", async () => {
    const { username: name, password: word } = own.manager;
    for (let round = 0; round < 320; round += 1) expect((await postAuth(own, `username=${name}`)).status).toBe(400);
    const response = await postAuth(own, new URLSearchParams({ username: name, password: word }).toString());
    expect(response.status).toBe(201);
    expect([...response.headers.keys()].filter((header) => header.includes("ratelimit"))).toEqual([]);
  });

  ownTest("platform 2.1 [B]: guessing one user's password is slowed down, others are not held up", async () => {
    await create("guessed_1", "Reader");
    await create("bystander_1", "Reader");
    const attempt = (word: string) => postAuth(own, `username=guessed_1&password=${word}`);
    let response = await attempt("wrong-0");
    const statuses = [response.status];
    while (response.status === 401 && statuses.length < 30) {
      response = await attempt(`wrong-${statuses.length}`);
      statuses.push(response.status);
    }
    expect(statuses.at(-1)).toBe(429);
    const waitSec = Number(response.headers.get("retry-after"));
    expect(waitSec).toBeGreaterThan(0);
    expect((await attempt("a-long-pass-phrase-1")).status).toBe(429);
    await logIn(own, { username: "bystander_1", password: "a-long-pass-phrase-1" });
    clock.advance(waitSec);
    expect((await attempt("wrong-again")).status).toBe(401);
    const longer = Number((await attempt("wrong-again")).headers.get("retry-after"));
    expect(longer).toBeGreaterThan(waitSec);
    clock.advance(longer);
    expect((await attempt("a-long-pass-phrase-1")).status).toBe(201);
  });

  ownTest("platform 2.1 [B]: guesses at many users from one address are slowed down too", async () => {
    let status = 401;
    for (let guess = 0; guess < 100 && status === 401; guess += 1) {
      status = (await postAuth(own, `username=spray_${guess}&password=Summer2025`)).status;
    }
    expect(status).toBe(429);
  });
});
