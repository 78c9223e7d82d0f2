import { startInstallation, type TestInstallation } from "@breakwater/testkit/installation";
import { test } from "vitest";
test("exp", async () => {
  const i = await startInstallation({ environment: { maxUploadBytes: "1000000" } });
  const token = await i.client().login();
  for (const size of [1_000_001, 1_070_000, 1_500_000, 5_000_000, 30_000_000]) {
    const seen: Record<string, number> = {};
    for (let n = 0; n < 12; n++) {
      const form = new FormData();
      form.set("file", new Blob([Buffer.alloc(size, 97)]), "x.bin");
      const r = await fetch(`${i.url}/ingest/1.0/import`, { method: "POST", body: form, headers: { authorization: `Bearer ${token}` } }).then(async (r) => `${r.status} ${(await r.text()).slice(0, 300)}`, (e) => String(e.cause ?? e));
      seen[r.replace(/[0-9a-f]{8}-[-0-9a-f]+/, "")] = (seen[r.replace(/[0-9a-f]{8}-[-0-9a-f]+/, "")] ?? 0) + 1;
    }
    console.log(size, seen);
  }
  await i.close();
}, 120000);
