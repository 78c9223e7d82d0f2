import { describe, expect, it } from "vitest";
import { AwaitedAssets, BoundedMap, componentOfPackageUrl, Pending, toCloudIdentifiers } from "./index.ts";
import { ScanWriter } from "./scan-writer.ts";

const CHECK = { id: "R1", title: "Rule", severity: 4 } as const;

function told(out: ScanWriter): string[] {
  return out.finish().map((event) => {
    if (event.type === "asset") return `asset ${event.asset.name}`;
    if (event.type === "finding") return `finding ${event.finding.where}`;
    return event.type === "issue" ? `issue ${event.issue.code} ${event.issue.where}` : event.type;
  });
}

describe("Pending", () => {
  it("refuses what is more than it may hold, in number or in characters", () => {
    const out = new ScanWriter({ product: "Demo" });
    const few = new Pending<string>(2);
    for (const text of ["a", "b", "c"]) few.add(text, out, text);
    expect(few.take()).toEqual(["a", "b"]);
    const small = new Pending<{ texts: string[] }>(10, 5);
    for (const text of ["abc", "def", "gh"]) small.add({ texts: [text] }, out, text);
    expect(small.take()).toEqual([{ texts: ["abc"] }, { texts: ["gh"] }]);
    small.add({ texts: ["again"] }, out, "again");
    expect(small.take()).toHaveLength(1);
    expect(told(out)).toEqual(["run", "issue held-too-many c", "issue held-too-many def", "end"]);
  });
});

describe("BoundedMap", () => {
  it("keeps the first word for a key, as long as there is room", () => {
    const map = new BoundedMap<string>(2, 10);
    expect([
      map.add("a", "1"),
      map.add("a", "2"),
      map.add("b", "x".repeat(20)),
      map.add("b", "3"),
      map.add("c", ""),
    ]).toEqual([true, true, false, true, false]);
    expect([...map.values()]).toEqual(["1", "3"]);
    expect([map.get("a"), map.has("c")]).toEqual(["1", false]);
  });
});

describe("AwaitedAssets", () => {
  it("tells findings whether their asset is named before or behind them, and refuses those of none", () => {
    const out = new ScanWriter({ product: "Demo" });
    const assets = new AwaitedAssets();
    assets.finding("late", CHECK, {}, out, "1");
    assets.name("early", { name: "e" }, out);
    assets.finding("early", CHECK, {}, out, "2");
    assets.finding("never", CHECK, {}, out, "3");
    assets.finding("late", { ...CHECK, id: "" }, {}, out, "4");
    assets.name("late", { name: "l" }, out);
    assets.name("late", { name: "other" }, out);
    assets.end(out, () => null);
    expect(told(out)).toEqual([
      "run",
      "check",
      "issue check-id-unusable 4",
      "issue asset-missing 3",
      "asset e",
      "finding 2",
      "asset l",
      "finding 1",
      "end",
    ]);
  });
});

it("assets without findings are told as they come, not all at the end", () => {
  const out = new ScanWriter({ product: "Demo", limits: { maxHeldFindings: 10 } });
  for (let index = 0; index < 600; index++) out.asset({ name: `host${index}` });
  expect(out.isBatchFull).toBe(true);
  expect(told(out).filter((line) => line.startsWith("asset "))).toHaveLength(600);
});

describe("a name that is no host's", () => {
  it.each([
    [{ name: "app.jar" }, ["app.jar"]],
    [{ name: "app.jar", isHost: false } as const, []],
    [{ name: "app", isHost: false, addresses: ["web.corp.example"] } as const, ["web.corp.example"]],
  ])("%j has the host names %j", (asset, hostNames) => {
    const out = new ScanWriter({ product: "Demo" });
    out.asset(asset);
    expect(out.finish()).toContainEqual({ type: "asset", asset: expect.objectContaining({ hostNames }) });
  });
});

describe("toCloudIdentifiers", () => {
  it.each([
    ["i-0123456789abcdef0", ["i-0123456789abcdef0"]],
    ["arn:aws:ec2:eu-x-1:111122223333:instance/i-0123456789ABCDEF0", ["i-0123456789abcdef0"]],
    ["arn:aws:s3:::bucket", ["arn:aws:s3:::bucket"]],
    [
      "/subscriptions/0/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/v",
      ["/subscriptions/0/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/v"],
    ],
    [
      "//compute.googleapis.com/projects/p/zones/z/instances/1",
      ["//compute.googleapis.com/projects/p/zones/z/instances/1"],
    ],
    ["111122223333", []],
    ["No trails", []],
    [`arn:aws:s3:::${"x".repeat(300)}`, []],
  ])("of %s are %j", (id, values) => {
    expect(toCloudIdentifiers(id).map(({ value }) => value)).toEqual(values);
  });
});

describe("componentOfPackageUrl", () => {
  it.each([
    ["pkg:maven/org.example/lib@1.0?type=jar", "org.example:lib", "1.0"],
    ["pkg:npm/%40demo/lib@2.0", "@demo/lib", "2.0"],
    ["pkg:npm/@demo/lib@2.0", "@demo/lib", "2.0"],
    ["pkg:deb/debian/libdemo@1%3A2.0-1#x", "libdemo", "1:2.0-1"],
    ["pkg:golang/go.example/a/b", "go.example/a/b", ""],
    ["pkg:pypi/bad%ZZ@1", "bad%ZZ", "1"],
  ])("of %s is %s %s", (url, name, version) => {
    expect(componentOfPackageUrl(url)).toEqual({ name, version });
  });

  it("is null for what is none", () => {
    for (const text of ["", "lib@1.0", "pkg:", "pkg:npm/"]) expect(componentOfPackageUrl(text)).toBeNull();
  });
});
