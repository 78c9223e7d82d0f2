import { expect } from "vitest";
import { bodyOf, call, logIn } from "../http.ts";
import { poll } from "../poll.ts";
import { startReceiver } from "../receiver.ts";
import { followReport, submitReport } from "../reports.ts";
import { ownTest, useOwnTarget } from "../target.ts";

const target = useOwnTarget();

ownTest("etm 1.5 [B]: a webhook tells that a report is complete", async () => {
  const receiver = await startReceiver();
  const token = await logIn(target);
  const json = { url: receiver.url, events: ["report.completed"] };
  await bodyOf(await call(target, "POST", "/admin/1.0/webhook/create", { token, json }), 201);
  const { id } = await submitReport(target, token, { reportFormat: "JSON", name: "Weekly" });
  expect((await followReport(target, token, id)).status).toBe("COMPLETED");
  await poll(async () => receiver.messages.length > 0, Boolean);
  expect(receiver.messages).toHaveLength(1);
  expect(JSON.parse(receiver.messages[0]?.body ?? "")).toMatchObject({
    type: "report.completed",
    data: { id, name: "Weekly", status: "COMPLETED", reportFormat: "JSON", recordCount: 0 },
  });
  receiver.close();
});
