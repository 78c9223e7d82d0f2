import { crc32, gzipSync } from "node:zlib";
import { beforeEach, describe, expect } from "vitest";
import { bodyOf, call, get, logIn } from "../http.ts";
import { followImport, type ImportJob, importFile } from "../imports.ts";
import { nessusFile, type ScanHost, type ScanItem } from "../nessus-file.ts";
import { exchangeRaw, openSocket } from "../raw-http.ts";
import { type Finding, readFindings } from "../reports.ts";
import { HandClock, ownTest, useOwnTarget } from "../target.ts";

const IMPORT = "/ingest/1.0/import";
const COUNTS = [
  "recordsRead",
  "findingsNew",
  "findingsUpdated",
  "findingsReopened",
  "findingsFixed",
  "findingsUnchanged",
  "assetsNew",
  "assetsMerged",
  "recordsRefused",
];

// Every test has a network, a plugin range and a connection of its own, and an hour's worth of calls.
const clock = new HandClock("2025-09-01T08:00:00Z");
const target = useOwnTarget({ clock: clock.read });
let token: string;
let network = 0;
beforeEach(async () => {
  if (process.env.CONFORMANCE_URL) return;
  clock.advance(3600);
  network += 1;
  token = await logIn(target);
});

const host = (number: number, items: ScanItem[], more: Partial<ScanHost> = {}): ScanHost => ({
  ip: `10.40.${network}.${number}`,
  fqdn: `host-${number}.net-${network}.example`,
  mac: `00:1d:9c:40:${network.toString(16).padStart(2, "0")}:${number.toString(16).padStart(2, "0")}`,
  items,
  ...more,
});
const on = (day: number): Partial<ScanHost> => ({ endedAt: `2025-01-${String(day).padStart(2, "0")}T12:00:00Z` });
const send = (file: string | Uint8Array, connection = `net-${network}`) =>
  importFile(target, token, file, { path: `${IMPORT}?connection=${connection}` });
/** Findings of this test's network, in a steady order. */
const read = async (): Promise<Finding[]> => {
  const findings = await readFindings(target, token, { assetQql: `asset.interface.address:10.40.${network}.0/24` });
  return findings.toSorted((a, b) => Number(a.id) - Number(b.id));
};
const byCheck = (findings: Finding[]) => Object.fromEntries(findings.map((finding) => [finding.vendorId, finding]));
const statuses = (findings: Finding[]) =>
  Object.fromEntries(findings.map(({ vendorId, status }) => [vendorId, status]));
/** What may change when the same file comes again: when it was last seen. */
const withoutLastSeen = (findings: Finding[]) =>
  findings.map(({ lastFound: _, sources, ...rest }) => ({
    ...rest,
    sources: sources.map(({ lastSeen: __, ...source }) => source),
  }));

describe("the call", () => {
  ownTest("etm 4 [B]: it is 202 with a job and its Location, and the job ends with progress and result", async () => {
    const file = nessusFile([host(1, [{ pluginId: 1 }, { pluginId: 2, cves: ["CVE-2024-0001", "CVE-2024-0002"] }])]);
    const headers = { "content-type": "application/octet-stream" };
    const path = `${IMPORT}?fileName=weekly.nessus&connection=Line`;
    const response = await call(target, "POST", path, { token, body: file, headers });
    const job = await bodyOf<ImportJob>(response, 202);
    expect(job.status).toMatch(/^(REQUESTED|IN_PROGRESS)$/);
    expect(new URL(response.headers.get("location") ?? "", target.url).pathname).toBe(`${IMPORT}/${job.id}`);
    const done = await followImport(target, token, job.id);
    expect(done).toMatchObject({
      id: job.id,
      status: "COMPLETED",
      fileName: "weekly.nessus",
      connection: "Line",
      progress: 100,
      message: null,
      issues: [],
      createdBy: target.manager.username,
    });
    expect(done.counts).toMatchObject({ recordsRead: 2, findingsNew: 3, assetsNew: 1, recordsRefused: 0 });
    for (const name of COUNTS) expect(done.counts[name], name).toBeTypeOf("number");
  });

  ownTest("etm 4 [B]: jobs are listed, newest first, with the total in count", async () => {
    const first = await send(nessusFile([host(1, [{ pluginId: 1 }])]));
    clock.advance(1);
    const second = await send(nessusFile([host(1, [{ pluginId: 1 }])]));
    const response = await get(target, `${IMPORT}/list?pageSize=2`, token);
    const jobs = await bodyOf<ImportJob[]>(response);
    expect(jobs.map(({ id }) => id)).toEqual([second.id, first.id]);
    expect(Number(response.headers.get("count"))).toBeGreaterThanOrEqual(2);
  });

  ownTest("etm 4 [B]: raw, multipart, gzip and zip bring the same", async () => {
    const file = nessusFile([host(1, [{ pluginId: 1 }, { pluginId: 2 }])]);
    const form = new FormData();
    form.set("comment", "not the file");
    form.set("file", new Blob([file]), "scan.txt");
    const multipart = await fetch(`${target.url}${IMPORT}?connection=net-${network}`, {
      method: "POST",
      body: form,
      headers: { authorization: `Bearer ${token}` },
    });
    const first = await followImport(target, token, (await bodyOf<ImportJob>(multipart, 202)).id);
    expect(first).toMatchObject({ status: "COMPLETED", format: "nessus", fileName: "scan.txt" });
    expect(first.counts.findingsNew).toBe(2);
    for (const bytes of [Buffer.from(file), gzipSync(file), storedZip("inner.xml", Buffer.from(file))]) {
      const job = await send(bytes);
      expect(job).toMatchObject({ status: "COMPLETED", issues: [] });
      expect(job.counts).toMatchObject({ findingsNew: 0, findingsUnchanged: 2 });
    }
    expect(await read()).toHaveLength(2);
  });

  ownTest("etm 4 [B]: Content-Encoding gzip is unpacked too", async () => {
    const body = gzipSync(nessusFile([host(1, [{ pluginId: 1 }])]));
    const headers = { "content-type": "application/xml", "content-encoding": "gzip" };
    const job = await importFile(target, token, body, { headers });
    expect(job.counts.findingsNew).toBe(1);
  });

  ownTest("etm 4 [B]: a format is recognised by content, not by name or type", async () => {
    const file = nessusFile([host(1, [{ pluginId: 1 }])]);
    for (const [fileName, type] of [
      ["scan.json", "application/json"],
      ["picture.pcap", "image/png"],
      ["x", "text/plain"],
      ["a.csv", "text/csv"],
    ]) {
      const path = `${IMPORT}?connection=net-${network}&fileName=${fileName}`;
      const job = await importFile(target, token, file, { path, headers: { "content-type": type as string } });
      expect(job).toMatchObject({ status: "COMPLETED", format: "nessus" });
    }
  });
});

describe("the same file again", () => {
  const items = (severity: 2 | 4 = 4): ScanItem[] => [
    { pluginId: 1, severity, cves: ["CVE-2023-0001"] },
    { pluginId: 2, port: 80 },
    { pluginId: 2, port: 81 },
    { pluginId: 3, protocol: "udp", port: 161 },
  ];

  ownTest("etm 4 [B]: it changes nothing but last-seen", async () => {
    const file = nessusFile([host(1, items()), host(2, items())]);
    await send(file);
    const before = await read();
    clock.advance(60);
    const job = await send(file);
    expect(job.counts).toMatchObject({
      findingsNew: 0,
      findingsUpdated: 0,
      findingsReopened: 0,
      findingsFixed: 0,
      findingsUnchanged: 8,
      assetsNew: 0,
      recordsRefused: 0,
    });
    expect(withoutLastSeen(await read())).toEqual(withoutLastSeen(before));
  });

  ownTest("etm 4 [B]: nor does it in another order of its records", async () => {
    await send(nessusFile([host(1, items()), host(2, items())]));
    const before = await read();
    const job = await send(nessusFile([host(2, items().toReversed()), host(1, items().toReversed())]));
    expect(job.counts).toMatchObject({ findingsNew: 0, findingsUpdated: 0, findingsFixed: 0, findingsUnchanged: 8 });
    expect(withoutLastSeen(await read())).toEqual(withoutLastSeen(before));
  });

  ownTest("etm 4 [B]: twice at the same time it brings everything once", async () => {
    const file = nessusFile([1, 2, 3, 4, 5].map((number) => host(number, items())));
    const jobs = await Promise.all([send(file), send(file)]);
    for (const job of jobs) expect(job.status).toBe("COMPLETED");
    const sum = (name: string) => jobs.reduce((total, job) => total + (job.counts[name] ?? 0), 0);
    expect([sum("assetsNew"), sum("findingsNew"), sum("findingsUnchanged")]).toEqual([5, 20, 20]);
    expect(await read()).toHaveLength(20);
  });
});

describe("identity", () => {
  ownTest("etm 4 [B]: severity and prose are no part of it", async () => {
    await send(
      nessusFile([host(1, [{ pluginId: 1, severity: 2, name: "Old name", description: "Old", output: "a" }])]),
    );
    const [before] = await read();
    const changed = { pluginId: 1, severity: 4 as const, name: "New name", description: "New", output: "b" };
    const job = await send(nessusFile([host(1, [changed], on(7))]));
    expect(job.counts).toMatchObject({ findingsNew: 0, findingsUpdated: 1, findingsFixed: 0 });
    const [after] = await read();
    expect(after).toMatchObject({ id: before?.id, title: "New name", description: "New" });
    expect(after?.severity).toBeGreaterThan(before?.severity ?? 5);
  });

  ownTest("etm 4 [B]: an asset that got another address and name keeps its findings, by its MAC", async () => {
    await send(nessusFile([host(1, [{ pluginId: 1 }])]));
    const [before] = await read();
    const moved = { ip: `10.40.${network}.77`, fqdn: `renamed.net-${network}.example`, ...on(7) };
    const job = await send(nessusFile([host(1, [{ pluginId: 1 }], moved)]));
    expect(job.counts).toMatchObject({ assetsNew: 0, findingsNew: 0 });
    const after = await read();
    expect(after).toHaveLength(1);
    expect(after[0]).toMatchObject({ id: before?.id, asset: { internalAssetId: before?.asset.internalAssetId } });
  });

  ownTest("etm 4 [B]: two machines that had one address one after the other stay two, by their MACs", async () => {
    await send(nessusFile([host(1, [{ pluginId: 1 }])]));
    const other = { ip: `10.40.${network}.1`, ...on(7) };
    const job = await send(nessusFile([host(2, [{ pluginId: 1 }], other)]));
    expect(job.counts).toMatchObject({ assetsNew: 1, findingsNew: 1 });
    const ids = (await read()).map(({ asset }) => asset.internalAssetId);
    expect(new Set(ids).size).toBe(2);
  });

  ownTest("etm 4 [B]: one CVE found by two sources is one finding with both", async () => {
    const cves = ["CVE-2022-0001"];
    await send(nessusFile([host(1, [{ pluginId: 1, cves }])]), `a-${network}`);
    const job = await send(nessusFile([host(1, [{ pluginId: 900, cves }])]), `b-${network}`);
    expect(job.counts).toMatchObject({ findingsNew: 0, assetsNew: 0 });
    const findings = await read();
    expect(findings.map(({ sources }) => sources.map((source) => source.vendorFindingId).sort())).toEqual([
      ["1", "900"],
    ]);
  });
});

describe("the life cycle", () => {
  const three: ScanItem[] = [{ pluginId: 1 }, { pluginId: 2 }, { pluginId: 3 }];

  ownTest("etm 4 [B]: what a new complete run does not have any more is FIXED, seen again it is REOPENED", async () => {
    await send(nessusFile([host(1, three, on(6))]));
    const second = await send(nessusFile([host(1, three.slice(0, 2), on(7))]));
    expect(second.counts).toMatchObject({ findingsFixed: 1, findingsReopened: 0, findingsUnchanged: 2 });
    let found = byCheck(await read());
    expect(found["3"]).toMatchObject({ status: "FIXED", lastFixed: expect.any(Number), reopened: null });
    const third = await send(nessusFile([host(1, three, on(8))]));
    expect(third.counts).toMatchObject({ findingsFixed: 0, findingsReopened: 1 });
    found = byCheck(await read());
    expect(found["3"]).toMatchObject({ status: "REOPENED", reopened: expect.any(Number) });
  });

  ownTest("etm 4 [B]: assets that the run did not look at keep their findings", async () => {
    await send(nessusFile([host(1, three, on(6)), host(2, three, on(6))]));
    const job = await send(nessusFile([host(1, three, on(7))]));
    expect(job.counts.findingsFixed).toBe(0);
    expect((await read()).map(({ status }) => status)).not.toContain("FIXED");
  });

  ownTest("etm 4 [B]: it is fixed only when every source that reported it has stopped", async () => {
    const cves = ["CVE-2022-0002"];
    const with1 = (day: number) => nessusFile([host(1, [{ pluginId: 1, cves }, { pluginId: 9 }], on(day))]);
    const without1 = (day: number) => nessusFile([host(1, [{ pluginId: 9 }], on(day))]);
    await send(with1(6), `a-${network}`);
    await send(with1(6), `b-${network}`);
    await send(without1(7), `a-${network}`);
    expect(statuses(await read())["1"]).not.toBe("FIXED");
    await send(without1(8), `b-${network}`);
    expect(statuses(await read())["1"]).toBe("FIXED");
  });

  ownTest("etm 4 [B]: an older report after a newer one fills in history and turns nothing back", async () => {
    await send(nessusFile([host(1, three.slice(0, 2), on(20))]));
    await send(nessusFile([host(1, three, on(10))]));
    const found = byCheck(await read());
    expect(found["1"]?.firstFound).toBeLessThanOrEqual(Date.parse("2025-01-10T12:00:00Z"));
    expect(found["1"]?.lastFound).toBeGreaterThanOrEqual(Date.parse("2025-01-20T11:50:00Z"));
    expect(found["1"]?.status).not.toBe("FIXED");
    expect(found["3"]?.status).toBe("FIXED");
  });

  ownTest("etm 4 [B]: a report that breaks off closes nothing", async () => {
    const whole = nessusFile([host(1, three, on(6))]);
    await send(whole);
    const cut = nessusFile([host(1, three, on(7))]);
    await send(cut.slice(0, cut.indexOf('pluginID="2"') + 5));
    expect(Object.values(statuses(await read()))).not.toContain("FIXED");
  });
});

describe("bad input", () => {
  ownTest("etm 4 [B]: a half-good file imports its good half and says where and why it stopped", async () => {
    const file = nessusFile([host(1, [{ pluginId: 1 }, { pluginId: 2 }]), host(2, [{ pluginId: 1 }, { pluginId: 2 }])]);
    const job = await send(file.slice(0, file.lastIndexOf('pluginID="2"')));
    const found = await read();
    expect(found.map(({ asset }) => asset.assetName)).toContain(`host-1.net-${network}.example`);
    expect(found.length).toBeGreaterThanOrEqual(2);
    expect(job.issues.length).toBeGreaterThanOrEqual(1);
    for (const issue of job.issues) {
      expect(issue.location).toMatch(/\d/);
      expect(issue.message).toMatch(/\S+ \S+/);
    }
    expect(`${job.message} ${job.issues.map(({ message }) => message)}`).toMatch(/end|cut|trunc|incomplete/i);
  });

  ownTest("etm 4 [B]: a record that cannot be used is refused with its place, the others are imported", async () => {
    const file = nessusFile([host(1, [{ pluginId: 1 }, { pluginId: 2 }])]).replace('pluginID="1"', 'pluginID=""');
    const job = await send(file);
    expect(job.status).toBe("COMPLETED");
    expect(job.counts).toMatchObject({ findingsNew: 1, recordsRefused: 1 });
    expect(job.issues).toContainEqual(
      expect.objectContaining({ level: "refused", location: expect.stringMatching(/line \d+/) }),
    );
  });

  const refusals: Record<string, () => string | Uint8Array> = {
    "text that is no known format": () => "just some words\n".repeat(100),
    "another XML": () => "<?xml version='1.0'?><html><body/></html>",
    "a DOCTYPE with entities": () =>
      `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>${nessusFile([host(1, [{ pluginId: 1, output: "&b;" }])]).slice(22)}`,
    "an external entity": () =>
      `<?xml version="1.0"?><!DOCTYPE x SYSTEM "file:///etc/passwd">${nessusFile([host(1, [{ pluginId: 1 }])]).slice(22)}`,
    zeros: () => new Uint8Array(100_000),
    "a gzip that is damaged": () => gzipSync(nessusFile([host(1, [{ pluginId: 1 }])])).fill(0, 20, 60),
    "a gzip of nothing": () => gzipSync(""),
    "a ZIP without files": () => Buffer.from("504b0506000000000000000000000000000000000000", "hex"),
    "a capture's head alone, cut": () => Buffer.from("d4c3b2a10200", "hex"),
    "XML nested 100,000 deep": () => `<NessusClientData_v2>${"<a>".repeat(100_000)}`,
  };
  for (const [name, make] of Object.entries(refusals)) {
    ownTest(`etm 4 [B]: ${name} ends in a job that failed with a reason, or a 4xx`, async () => {
      const headers = { "content-type": "application/octet-stream" };
      const response = await call(target, "POST", IMPORT, { token, body: make(), headers });
      if (response.status !== 202) {
        expect(response.status).toBeGreaterThanOrEqual(400);
        expect(response.status).toBeLessThan(500);
        expect((await bodyOf(response, response.status)).message).toMatch(/\S+ \S+/);
        return;
      }
      const job = await followImport(target, token, (await bodyOf<ImportJob>(response, 202)).id);
      expect(job, JSON.stringify(job)).toMatchObject({ status: "FAILED" });
      expect(job.message).toMatch(/\S+ \S+/);
      expect(job.message).not.toMatch(/at .*\.ts|node:internal/);
      expect(await read()).toEqual([]);
    });
  }

  ownTest("platform 9 [B]: a gzip bomb is stopped by a limit that is named", async () => {
    const bomb = gzipSync(Buffer.alloc(200_000_000, " "), { level: 9 });
    const job = await send(gzipSync(Buffer.concat([Buffer.from("<NessusClientData_v2>"), bomb])));
    expect(job.status).toBe("FAILED");
    expect(job.message).toMatch(/\S+ \S+/);
  });

  const formHead = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.nessus"\r\n\r\n';
  for (const [name, type, start] of [
    ["an upload", "application/octet-stream", ""],
    ["a multipart upload", "multipart/form-data; boundary=b", formHead],
  ] as const) {
    ownTest(`etm 4 [B]: ${name} that is broken off leaves no job, and no call that counts as running`, async () => {
      const before = (await get(target, `${IMPORT}/list`, token)).headers.get("count");
      const file = nessusFile([host(1, [{ pluginId: 1 }])]);
      const head = `POST ${IMPORT} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: ${type}\r\nContent-Length: 100000\r\n\r\n`;
      // Two at once are the limit.
      for (let round = 0; round < 3; round++) {
        const socket = await openSocket(target);
        socket.write(`${head}${start}${file}`);
        socket.end();
        await new Promise((resolve) => socket.once("close", resolve).resume());
      }
      const request = `GET ${IMPORT}/list HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ${token}\r\n\r\n`;
      expect(await exchangeRaw(target, request)).toContain(`\r\ncount: ${before}\r\n`);
      expect(await read()).toEqual([]);
      expect(await send(file)).toMatchObject({ status: "COMPLETED" });
    });
  }
});

ownTest("etm 4 [B]: an import in the middle survives a restart, complete and without doubles", async () => {
  const hosts = Array.from({ length: 40 }, (_, index) =>
    host(
      index + 1,
      Array.from({ length: 100 }, (__, item) => ({ pluginId: 1000 + item })),
    ),
  );
  const headers = { "content-type": "application/octet-stream" };
  const response = await call(target, "POST", IMPORT, { token, body: nessusFile(hosts), headers });
  const { id } = await bodyOf<ImportJob>(response, 202);
  await target.restart();
  const job = await followImport(target, token, id);
  expect(job).toMatchObject({ status: "COMPLETED", issues: [] });
  expect(job.counts).toMatchObject({ recordsRead: 4000, findingsNew: 4000, assetsNew: 40, findingsUnchanged: 0 });
  expect(await read()).toHaveLength(4000);
});

/** A ZIP with one file that is stored, not packed. */
function storedZip(name: string, content: Buffer): Buffer {
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0);
  common.writeUInt32LE(crc32(content), 10);
  common.writeUInt32LE(content.length, 14);
  common.writeUInt32LE(content.length, 18);
  common.writeUInt16LE(name.length, 22);
  const local = Buffer.concat([Buffer.from("504b0304", "hex"), common, Buffer.from(name), content]);
  const central = Buffer.concat([Buffer.from("504b01021400", "hex"), common, Buffer.alloc(14), Buffer.from(name)]);
  const end = Buffer.alloc(22);
  end.write("504b0506", 0, "hex");
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, central, end]);
}
