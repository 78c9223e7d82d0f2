import { describe, expect, it } from "vitest";
import { MemoryBudget } from "../../limits.ts";
import { concat, moduleList, szlAnswer, tpkt, u16 } from "../../testing/capture-bytes.ts";
import type { Statement } from "../dissector.ts";
import { typeOfOrderNumber } from "./order-numbers.ts";
import { s7commDissector } from "./s7comm-dissector.ts";

function open(budget = new MemoryBudget(1_000_000)) {
  const session = s7commDissector.tcp!.openSession(budget);
  const statements: Statement[] = [];
  const read = (bytes: Uint8Array, isFromServer = true) => {
    const message = { bytes, start: 0, end: bytes.length, isFromServer, frame: 1, seenAt: 0 };
    return session.message(
      message,
      (statement) => statements.push(statement),
      () => {},
    );
  };
  return { session, statements, read, budget };
}

const MODULE = {
  manufacturer: "Siemens",
  type: "Programmable Logic Controller (PLC)",
  orderNumber: "6ES7 315-2EH14-0AB0",
  hardwareRevision: "3",
  firmwareVersion: "V3.2.7",
};

describe("SZL 0x0011", () => {
  it("tells order number, hardware and firmware", () => {
    const { read, statements } = open();
    expect(read(tpkt(szlAnswer(moduleList())))).toBe("s7comm");
    expect(statements).toEqual([{ hardware: MODULE, confidence: 95 }]);
  });

  it("is joined over COTP units cut anywhere", () => {
    const unit = szlAnswer(moduleList());
    for (let split = 0; split <= unit.length; split++) {
      const { read, statements, budget } = open();
      expect(read(tpkt(unit.subarray(0, split), false))).toBeNull();
      expect(read(tpkt(unit.subarray(split)))).toBe("s7comm");
      expect(statements).toMatchObject([{ hardware: MODULE }]);
      expect(budget.usedBytes).toBe(0);
    }
  });

  it("is joined over several answers of one reference", () => {
    const list = moduleList();
    const { read, statements, budget } = open();
    read(tpkt(szlAnswer(list.subarray(0, 30), 0xd5, 1)));
    read(tpkt(szlAnswer(list.subarray(30, 50), 0xd5, 1)));
    expect(statements).toEqual([]);
    read(tpkt(szlAnswer(list.subarray(50), 0xd5, 0)));
    expect(statements).toMatchObject([{ hardware: MODULE }]);
    expect(budget.usedBytes).toBe(0);
  });

  it("is not put together from fragments of different references or across a gap", () => {
    const list = moduleList();
    const mixed = open();
    mixed.read(tpkt(szlAnswer(list.subarray(0, 30), 0xd5, 1)));
    mixed.read(tpkt(szlAnswer(list.subarray(30), 0xd6, 0)));
    expect(mixed.statements).toEqual([]);
    const gap = open();
    gap.read(tpkt(szlAnswer(list.subarray(0, 30), 0xd5, 1)));
    gap.session.gap(true);
    gap.read(tpkt(szlAnswer(list.subarray(30), 0xd5, 0)));
    expect(gap.statements).toEqual([]);
    expect(gap.budget.usedBytes).toBe(0);
  });

  it("keeps the directions apart", () => {
    const list = moduleList();
    const { read, statements } = open();
    read(tpkt(szlAnswer(list.subarray(0, 30), 0xd5, 1)));
    read(tpkt(szlAnswer(list.subarray(0, 20), 0xd5, 1)), false);
    read(tpkt(szlAnswer(list.subarray(30), 0xd5, 0)));
    expect(statements).toMatchObject([{ hardware: MODULE }]);
  });

  it("says nothing when the CPU reports an error", () => {
    const refused = szlAnswer(moduleList());
    refused[22] = 0x0a;
    const failed = szlAnswer(moduleList());
    failed[20] = 0xd4;
    const { read, statements } = open();
    expect([read(tpkt(refused)), read(tpkt(failed))]).toEqual(["s7comm", "s7comm"]);
    expect(statements).toEqual([]);
  });

  it("gives its memory back when the connection closes, and takes none that the budget refuses", () => {
    const { read, session, budget } = open(new MemoryBudget(100));
    read(tpkt(szlAnswer(moduleList().subarray(0, 60), 0xd5, 1)));
    expect(budget.usedBytes).toBe(60);
    read(tpkt(szlAnswer(moduleList().subarray(0, 60), 0xd5, 1)));
    expect([budget.usedBytes, budget.refusals]).toEqual([0, 1]);
    read(tpkt(szlAnswer(moduleList().subarray(0, 60), 0xd5, 1)));
    session.close();
    expect(budget.usedBytes).toBe(0);
  });
});

describe("SZL 0x001C", () => {
  const entry = (index: number, text: string) => {
    const bytes = new Uint8Array(34);
    bytes.set([...u16(index), ...Buffer.from(text, "latin1")]);
    return bytes;
  };

  it("tells the plant's names, the serial number and the CPU type, and leaves out empty fields", () => {
    const entries = [
      entry(1, "Station Süd"),
      entry(2, "PLC_1"),
      entry(3, ""),
      entry(4, "Original Siemens Equipment"),
      entry(5, "S C-X4U812053111"),
      entry(7, "CPU 315-2 PN/DP"),
      entry(8, "MMC 4A1A"),
    ];
    const { read, statements } = open();
    read(tpkt(szlAnswer(concat([0, 0x1c, 0, 0, 0, 34, 0, entries.length], ...entries))));
    expect(statements[0]?.hardware).toEqual({
      manufacturer: "Siemens",
      type: "Programmable Logic Controller (PLC)",
      model: "CPU 315-2 PN/DP",
      serialNumber: "S C-X4U812053111",
      deviceName: "Station Süd",
      moduleName: "PLC_1",
    });
  });

  it("does not take another maker's clone for a Siemens CPU", () => {
    const { read, statements } = open();
    read(tpkt(szlAnswer(concat([0, 0x1c, 0, 0, 0, 34, 0, 1], entry(4, "Somebody else")))));
    read(tpkt(szlAnswer(concat([0, 0x1c, 0, 0, 0, 34, 0, 1], entry(5, "X-1")))));
    expect(statements.map(({ hardware }) => hardware)).toEqual([{ serialNumber: "X-1" }]);
  });
});

describe("other units", () => {
  it("are recognised by their first byte", () => {
    const { read, statements } = open();
    expect(read(tpkt(Uint8Array.of(0x72, 1, 0, 0)))).toBe("s7comm-plus");
    expect(read(tpkt(Uint8Array.of(0x32, 1, 0, 0)))).toBe("s7comm");
    expect(read(tpkt(Uint8Array.of(0x30, 1, 0, 0)))).toBeNull();
    expect(read(Uint8Array.of(3, 0, 0, 11, 6, 0xe0, 0, 0, 0, 1, 0))).toBeNull();
    expect(statements).toEqual([]);
  });

  it.each([
    ["6ES7 315-2EH14-0AB0", "Programmable Logic Controller (PLC)"],
    ["6ES7 214-1AG40-0XB0", "Programmable Logic Controller (PLC)"],
    ["6ES7 516-3AN01-0AB0", "Programmable Logic Controller (PLC)"],
    ["6AG1 315-2EH14-7AB0", "Programmable Logic Controller (PLC)"],
    ["6ES7 151-8AB01-0AB0", "Programmable Logic Controller (PLC)"],
    ["6ES7 155-6AU01-0BN0", "Interface Module"],
    ["6ES7 321-1BH02-0AA0", "I/O Module"],
    ["6GK7 343-1EX30-0XE0", "Communications Processor"],
    ["6XV1 840-2AH10", ""],
    ["VIPA 315-4NE12", null],
  ])("order number %s is a %s", (orderNumber, type) => {
    expect(typeOfOrderNumber(orderNumber)).toBe(type);
  });
});
