import { describe, expect, test } from "vitest";
import { ConfigError, type Flags, toConfig } from "./config.ts";
import { type Environment, readEnvironment } from "./env.ts";

const read = (env: NodeJS.ProcessEnv, flags: Flags = {}) => toConfig(readEnvironment(env), flags);

const wrong: Record<string, [env: NodeJS.ProcessEnv, flags: Flags, words: RegExp]> = {
  "plain HTTP beyond loopback": [{ BREAKWATER_HOST: "0.0.0.0" }, {}, /host is 0\.0\.0\.0.*--tls-cert.*--insecure-http/],
  "plain HTTP on a name": [{}, { host: "plant.example" }, /plant\.example/],
  "a certificate without its key": [{}, { tlsCert: "a" }, /--tls-key is missing/],
  "a key without its certificate": [{ BREAKWATER_TLS_KEY: "a" }, {}, /--tls-cert is missing/],
  "a certificate beside a made one": [{ BREAKWATER_TLS_CERT: "a" }, { tlsSelfSigned: true }, /--tls-self-signed/],
  "a switch that is neither": [{ BREAKWATER_TLS_SELF_SIGNED: "maybe" }, {}, /BREAKWATER_TLS_SELF_SIGNED.*true/],
  "a proxy that is none": [{ BREAKWATER_TRUSTED_PROXIES: "10.0.0.1,proxy.local" }, {}, /TRUSTED_PROXIES.*proxy\.local/],
  "a network too long": [{ BREAKWATER_TRUSTED_PROXIES: "10.0.0.0/33" }, {}, /10\.0\.0\.0\/33/],
  "a network too long of IPv6": [{}, { trustedProxies: "::/129" }, /::\/129/],
  "a network without its length": [{}, { trustedProxies: "10.0.0.0/" }, /10\.0\.0\.0\//],
  "a network with two": [{}, { trustedProxies: "10.0.0.0/8/8" }, /10\.0\.0\.0\/8\/8/],
  "a scraper that is none": [{ BREAKWATER_METRICS_FROM: "everybody" }, {}, /METRICS_FROM.*everybody/],
  "a database of another kind": [{ DATABASE_URL: "mysql://u:hidden@db/x" }, {}, /DATABASE_URL.*postgresql:\/\//],
  "a database without a URL": [{}, { databaseUrl: "localhost:5432" }, /--database-url/],
  "a port beyond all": [{ BREAKWATER_PORT: "65536" }, {}, /port.*65536.*65535/],
};
test.each(Object.entries(wrong))("%s is refused, and the setting named", (_, [env, flags, words]) => {
  expect(() => read(env, flags)).toThrow(ConfigError);
  expect(() => read(env, flags)).toThrow(words);
});

test("a refused database URL keeps its password to itself", () => {
  expect(() => read({ DATABASE_URL: "mysql://u:hidden@db/x" })).not.toThrow(/hidden/);
});

describe("plain HTTP", () => {
  test.each(["127.0.0.1", "127.1.2.3", "::1", "localhost"])("is for %s", (host) => {
    expect(read({}, { host }).tls).toBeUndefined();
  });

  test("is for elsewhere when somebody says so", () => {
    expect(read({}, { host: "0.0.0.0", insecureHttp: true }).host).toBe("0.0.0.0");
    expect(read({ BREAKWATER_HOST: "::", BREAKWATER_INSECURE_HTTP: "true" }).host).toBe("::");
  });

  test("is not needed with a certificate", () => {
    expect(read({ BREAKWATER_HOST: "0.0.0.0" }, { tlsSelfSigned: true }).tls?.isSelfSigned).toBe(true);
    const files = { BREAKWATER_TLS_CERT: "/c.pem", BREAKWATER_TLS_KEY: "/k.pem" };
    expect(read(files, { host: "0.0.0.0" }).tls).toEqual({
      certFile: "/c.pem",
      keyFile: "/k.pem",
      isSelfSigned: false,
    });
  });
});

test("proxies are addresses and networks of both kinds", () => {
  const list = " 10.0.0.0/8, 192.0.2.1 ,2001:db8::/32,::1,";
  expect(read({ BREAKWATER_TRUSTED_PROXIES: list }).trustedProxies).toEqual([
    "10.0.0.0/8",
    "192.0.2.1",
    "2001:db8::/32",
    "::1",
  ]);
  expect(toConfig({} as Environment).trustedProxies).toEqual([]);
});
