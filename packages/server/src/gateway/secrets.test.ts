import { pino } from "pino";
import { expect, test } from "vitest";
import { createLogger } from "../serve.ts";
import { CLOSE, startGateway, statusesOf } from "./hostile.fixture.ts";

const SECRET = "s3cr3t-that-nobody-may-see";

function captured() {
  const lines: string[] = [];
  const log = createLogger("trace", { write: (line: string) => lines.push(line) });
  return { log, text: () => lines.join("") };
}

test("no log at any level holds what a request carried as a secret", async () => {
  const { log, text } = captured();
  const server = await startGateway({ log, timings: { bodyMs: 200 } });
  const head = `Host: x\r\nAuthorization: Bearer a.b.c\r\nclientSecret: ${SECRET}\r\n${CLOSE}`;
  const json = `Content-Type: application/json\r\nContent-Length:`;
  const requests: [status: number, request: string][] = [
    [200, `GET /test/1.0/client?password=${SECRET} HTTP/1.1\r\n${head}\r\n`],
    [500, `GET /test/1.0/defect?password=${SECRET}&token=${SECRET} HTTP/1.1\r\n${head}\r\n`],
    [404, `GET /nowhere/${SECRET}?password=${SECRET} HTTP/1.1\r\n${head}\r\n`],
    [401, `GET /test/1.0/client HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${SECRET}\r\n${CLOSE}\r\n`],
    [401, `GET /test/1.0/client HTTP/1.1\r\nHost: x\r\nAuthorization: Basic ${SECRET}\r\n${CLOSE}\r\n`],
    [400, `POST /test/1.0/echo HTTP/1.1\r\n${head}${json} 40\r\n\r\n{"password":"${SECRET}${"'".repeat(20)}`],
    [408, `POST /test/1.0/echo HTTP/1.1\r\n${head}${json} 99\r\n\r\n{"password":"${SECRET}`],
    [400, `GET /test/1.0/client HTTP/1.1\r\n${head}Content-Length: ${SECRET}\r\n\r\n`],
    [400, `GET /test/1.0/%zz?password=${SECRET} HTTP/1.1\r\n${head}\r\n`],
  ];
  for (const [status, request] of requests) {
    expect([request, statusesOf(await server.ask(request))]).toEqual([request, [status]]);
  }
  await server.close();
  expect(text()).toContain('"answered"');
  expect(text()).toContain("a request failed");
  expect(text()).not.toContain(SECRET);
  expect(text()).not.toContain("a.b.c");
});

test("a defect shows its request id and nothing else, whatever was asked", async () => {
  const server = await startGateway({ log: pino({ level: "silent" }) });
  const request = `GET /test/1.0/defect HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a.b.c\r\nX-Request-Id: my-id\r\n${CLOSE}\r\n`;
  const body = JSON.parse((await server.ask(request)).split("\r\n\r\n")[1] ?? "");
  const message = "something went wrong here; the server's log tells more under request id my-id";
  expect(body).toEqual({
    status: 500,
    error: "Internal Server Error",
    message,
    type: "/docs/errors#internal",
    title: "Internal Server Error",
    detail: message,
    instance: "urn:breakwater:request:my-id",
  });
  await server.close();
});

test("fields that hold a secret are hidden, wherever something is logged", () => {
  const { log, text } = captured();
  const fields = { password: SECRET, token: SECRET, secret: SECRET, clientSecret: SECRET, authorization: SECRET };
  log.info({ ...fields, user: fields, headers: { authorization: SECRET, clientsecret: SECRET } }, "x");
  log.child({ component: "y" }).info({ webhook: fields }, "z");
  expect(text()).toContain("Redacted");
  expect(text()).not.toContain(SECRET);
});
