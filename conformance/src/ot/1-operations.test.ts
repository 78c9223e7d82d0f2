import { beforeAll, describe, expect, test } from "vitest";
import { bodyOf, get, logIn, query } from "../http.ts";
import { importFile } from "../imports.ts";
import { makePlantCapture, ownTest, useOwnTarget, useTarget } from "../target.ts";

type Host = { assetId: number; name: string; ipAddress: string[]; hardware: Record<string, string | null> };

const LIST = "/ot/1.0/host/list";
const DEVICES = 12;

const empty = useTarget();
test("ot 1 [O]: a list without hosts is an object with an empty list", async () => {
  const filter = query({ filter: "asset.name:`no host is called so`" });
  for (const path of ["/ot/v1/host/list", LIST]) {
    const response = await get(empty, path + filter, await logIn(empty));
    expect(await bodyOf(response)).toEqual({ assets: [] });
    expect(response.headers.get("count")).toBe("0");
  }
});

describe("on the generated plant", () => {
  const target = useOwnTarget();
  let token: string;
  let all: Host[];
  beforeAll(async () => {
    if (process.env.CONFORMANCE_URL) return;
    token = await logIn(target);
    await importFile(target, token, await makePlantCapture());
    all = (await page({ pageSize: 100 })).assets;
  });

  async function page(parameters: Record<string, string | number>, path = LIST) {
    const response = await get(target, path + query(parameters), token);
    const { assets } = await bodyOf<{ assets: Host[] }>(response);
    return { assets, count: Number(response.headers.get("count")) };
  }
  const refused = async (parameters: Record<string, string>, path = LIST) =>
    (await bodyOf<{ message: string }>(await get(target, path + query(parameters), token), 400)).message;
  const ids = (hosts: Host[]) => hosts.map(({ assetId }) => assetId);
  const devices = "hardware.manufacturer:[Siemens,`Rockwell Automation`]";

  ownTest("ot 1 [O]: both versions list the hosts under `assets`", async () => {
    expect(all.length).toBeGreaterThanOrEqual(DEVICES);
    expect((await page({ pageSize: 100 }, "/ot/v1/host/list")).assets).toEqual(all);
  });

  ownTest("ot 1 [B]: count counts what the list lists, for each filter", async () => {
    for (const filter of ["", devices, "hardware.manufacturer:Siemens", "asset.name:nothing"]) {
      const { count } = await page({ filter, pageSize: 1 });
      const response = await get(target, `/ot/1.0/host/count${query({ filter })}`, token);
      expect(response.headers.get("count")).toBe(String(count));
      expect(await bodyOf(response)).toEqual({ count });
    }
    expect((await page({ filter: devices })).count).toBe(DEVICES);
  });

  ownTest("ot 1.1 [D]: pageNumber is from 0, and pages follow one another", async () => {
    const first = await page({ pageNumber: 0, pageSize: 5 });
    expect(ids(first.assets)).toEqual(ids((await page({ pageSize: 5 })).assets));
    expect(ids((await page({ pageNumber: 1, pageSize: 5 })).assets)).toEqual(ids(all.slice(5, 10)));
    expect(first.count).toBe(all.length);
  });

  ownTest("ot 1.1 [D]: a page past the end is an empty list with the total", async () => {
    for (const pageNumber of [100, 2_000_000]) {
      expect(await page({ pageNumber, pageSize: 100 })).toEqual({ assets: [], count: all.length });
    }
  });

  ownTest("ot 1.1 [D]: walking the pages gives each host exactly once, whatever the order", async () => {
    const sorts = [
      "",
      '[{"asset.name":"asc"}]',
      '[{"hardware.family":"desc"}]',
      '[{"asset.risk":"asc"}]',
      '[{"hardware.manufacturer":"asc"},{"asset.lastUpdated":"desc"}]',
    ];
    for (const sort of sorts) {
      const walked: number[] = [];
      for (let pageNumber = 0; walked.length < all.length && pageNumber < 10; pageNumber += 1) {
        walked.push(...ids((await page({ pageNumber, pageSize: 4, ...(sort ? { sort } : {}) })).assets));
      }
      expect(
        walked.toSorted((a, b) => a - b),
        sort,
      ).toEqual(ids(all).toSorted((a, b) => a - b));
    }
  });

  ownTest("ot 1.1 [D]: sort is a list of one-key objects, the first key first", async () => {
    const sort = '[{"hardware.manufacturer":"desc"},{"asset.name":"asc"}]';
    const { assets } = await page({ filter: devices, sort });
    const keys = assets.map((host) => [host.hardware.manufacturer ?? "", host.name] as const);
    const expected = keys.toSorted(([maker, name], [otherMaker, otherName]) => {
      return otherMaker.localeCompare(maker, "en") || name.localeCompare(otherName, "en");
    });
    expect(keys).toEqual(expected);
    const back = await page({ filter: devices, sort: '[{"asset.assetId":"desc"}]' });
    expect(ids(back.assets)).toEqual(ids(assets).toSorted((a, b) => b - a));
  });

  ownTest("ot 1.1 [D]: a bad filter is 400 with position and the nearest token, in both versions", async () => {
    for (const path of [LIST, "/ot/v1/host/list", "/ot/1.0/host/count"]) {
      const message = await refused({ filter: "asset.risk>5 and hardware.famly:x" }, path);
      expect(message).toContain("Invalid QQL token");
      expect(message).toMatch(/line 1, column 18/);
      expect(message.replaceAll("hardware.famly", "")).toContain("hardware.family");
    }
  });

  ownTest("ot 1.1 [D]: a bad sort is 400 with position and the nearest token", async () => {
    const message = await refused({ sort: '[{"asset.name":"asc"},{"asset.rsik":"asc"}]' });
    expect(message).toMatch(/column \d+/);
    expect(message.replaceAll("asset.rsik", "")).toContain("asset.risk");
    for (const sort of ["asset.name", "{}", '[{"asset.name":"up"}]', "[1]", '[{"a":"asc","b":"asc"}]', "[", "null"]) {
      expect(await refused({ sort })).toMatch(/sort/);
    }
  });
});

describe("with more than a hundred hosts", () => {
  const target = useOwnTarget();
  const HOSTS = 130;
  let token: string;
  beforeAll(async () => {
    if (process.env.CONFORMANCE_URL) return;
    token = await logIn(target);
    await importFile(target, token, identityCapture(HOSTS));
  });

  for (const [pageSize, expected] of [
    [undefined, 50],
    [0, 50],
    [1, 1],
    [99, 99],
    [100, 100],
    [101, 100],
    [1_000_000, 100],
  ] as const) {
    ownTest(`ot 1.1 [B]: pageSize ${pageSize ?? "absent"} gives ${expected}`, async () => {
      const response = await get(target, LIST + (pageSize === undefined ? "" : query({ pageSize })), token);
      expect((await bodyOf<{ assets: Host[] }>(response)).assets).toHaveLength(expected);
      expect(Number(response.headers.get("count"))).toBeGreaterThanOrEqual(HOSTS);
    });
  }
});

/** A pcap of answers to EtherNet/IP ListIdentity, written by hand: `count` drives of one kind, each with its address. */
function identityCapture(count: number): Buffer {
  const head = Buffer.alloc(24);
  head.writeUInt32LE(0xa1b2c3d4, 0);
  head.writeUInt16LE(2, 4);
  head.writeUInt16LE(4, 6);
  head.writeUInt32LE(65_535, 16);
  head.writeUInt32LE(1, 20);
  const records = Array.from({ length: count }, (_, number) => {
    const frame = identityFrame(number);
    const record = Buffer.alloc(16);
    record.writeUInt32LE(1_740_000_000 + number, 0);
    record.writeUInt32LE(frame.length, 8);
    record.writeUInt32LE(frame.length, 12);
    return Buffer.concat([record, frame]);
  });
  return Buffer.concat([head, ...records]);
}

function identityFrame(number: number): Buffer {
  const address = [10, 60, number >> 8, (number & 255) + 1];
  const name = "Example drive";
  const item = Buffer.alloc(33 + name.length + 1);
  item.writeUInt16LE(1, 0); // encapsulation protocol version
  item.writeInt16BE(2, 2); // socket address: AF_INET
  item.writeUInt16BE(44_818, 4);
  item.set(address, 6);
  item.writeUInt16LE(1, 18); // vendor
  item.writeUInt16LE(2, 20); // device type: AC drive
  item.writeUInt16LE(77, 22); // product code
  item.set([3, 1], 24); // revision
  item.writeUInt16LE(0x30, 26); // status
  item.writeUInt32LE(0x5000_0000 + number, 28);
  item.writeUInt8(name.length, 32);
  item.write(name, 33, "latin1");
  item.writeUInt8(3, 33 + name.length); // state
  const list = Buffer.alloc(6);
  list.writeUInt16LE(1, 0);
  list.writeUInt16LE(0x000c, 2);
  list.writeUInt16LE(item.length, 4);
  const encapsulation = Buffer.alloc(24);
  encapsulation.writeUInt16LE(0x0063, 0);
  encapsulation.writeUInt16LE(list.length + item.length, 2);
  const payload = Buffer.concat([encapsulation, list, item]);
  const udp = Buffer.alloc(8);
  udp.writeUInt16BE(44_818, 0);
  udp.writeUInt16BE(50_000, 2);
  udp.writeUInt16BE(8 + payload.length, 4);
  const ip = Buffer.alloc(20);
  ip.writeUInt8(0x45, 0);
  ip.writeUInt16BE(28 + payload.length, 2);
  ip.writeUInt8(64, 8);
  ip.writeUInt8(17, 9);
  ip.set(address, 12);
  ip.set([10, 60, 255, 1], 16);
  const mac = [0x00, 0x1d, 0x9c, 0x60, number >> 8, number & 255];
  const ethernet = Buffer.from([0x00, 0x50, 0x56, 0x60, 0xff, 0x01, ...mac, 0x08, 0x00]);
  return Buffer.concat([ethernet, ip, udp, payload]);
}
