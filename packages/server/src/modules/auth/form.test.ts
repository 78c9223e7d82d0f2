import fc from "fast-check";
import { expect, test } from "vitest";
import { toLoginForm } from "./form.ts";

test("an embedded query string in token is read as the guides' third curl form means it", () => {
  expect(toLoginForm({ username: "u", password: "p", token: "true&permissions=true" })).toEqual({
    username: "u",
    password: "p",
    wantsToken: true,
    wantsPermissions: true,
  });
});

test("explicit fields win over embedded ones", () => {
  const form = toLoginForm({
    username: "u",
    password: "p",
    token: "true&permissions=true&username=x",
    permissions: "false",
  });
  expect(form).toMatchObject({ username: "u", wantsPermissions: false });
});

test("token is true when absent, and only an explicit false declines", () => {
  for (const token of [undefined, "true", "True", "TRUE", "1", "yes", "on", "", "whatever"]) {
    expect(toLoginForm(token === undefined ? {} : { token }).wantsToken).toBe(true);
  }
  for (const token of ["false", "FALSE", "0", "no", "off"]) expect(toLoginForm({ token }).wantsToken).toBe(false);
});

test("a user name and password of any characters arrive as they are", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (username, password) => {
      expect(toLoginForm({ username, password, token: "true" })).toMatchObject({ username, password });
    }),
  );
});
