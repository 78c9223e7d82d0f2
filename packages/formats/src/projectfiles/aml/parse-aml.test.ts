import { expect, it } from "vitest";
import type { ProjectModuleRecord } from "../../records.ts";
import { parseAml } from "./index.ts";

const value = (name: string, text: string) => `<Attribute Name="${name}"><Value>${text}</Value></Attribute>`;
const element = (name: string, ...parts: string[]) =>
  `<InternalElement Name="${name}" ID="${name}">${parts.join("")}</InternalElement>`;
const role = (name: string) =>
  `<SupportedRoleClass RefRoleClassPath="AutomationProjectConfigurationRoleClassLib/${name}"/>`;
const identifier = (text: string) => value("TypeIdentifier", text);
const device = (kind: string, ...items: string[]) =>
  element(kind, identifier(`System:Device.${kind}`), ...items, role("Device"));

async function modulesOf(...devices: string[]): Promise<ProjectModuleRecord[]> {
  const project = element("Line", ...devices, role("AutomationProject"));
  async function* source() {
    yield Buffer.from(
      `<CAEXFile SchemaVersion="2.15"><InstanceHierarchy Name="Line">${project}</InstanceHierarchy></CAEXFile>`,
    );
  }
  const modules: ProjectModuleRecord[] = [];
  for await (const events of parseAml(source()))
    for (const event of events) if (event.type === "project") modules.push(...event.project.modules);
  return modules;
}

it("finds operator panels, whose versions have no V", async () => {
  const node = element("IE1", value("NetworkAddress", "192.168.0.2"), role("Node"));
  const panel = element("Panel", identifier("OrderNumber:6AV2 124-0GC01-0AX0/17.0.0.0"), node);
  expect(await modulesOf(device("HMI", panel))).toMatchObject([
    {
      name: "Panel",
      ipAddresses: ["192.168.0.2"],
      hardware: { manufacturer: "Siemens", orderNumber: "6AV2 124-0GC01-0AX0", firmwareVersion: "17.0.0.0" },
    },
  ]);
});

it.each([
  ["S71500", "Châssis", "6ES7 590-1***0-0AA0"],
  ["S7300", "Profilschiene", "6ES7 390-1***0-0AA0"],
  ["S7400", "Telaio", "6ES7 400-1TA11-0AA0"],
])("knows the rack of an %s by its number, in whatever language the tool was", async (kind, typeName, rackNumber) => {
  const cpu = element("CPU", value("DeviceItemType", "CPU"), identifier("OrderNumber:6ES7 516-3AN02-0AB0/V2.9"));
  const card = element("DI", value("PositionNumber", "2"), identifier("OrderNumber:6ES7 521-1BH10-0AA0/V1.0"));
  const about = [value("TypeName", typeName), value("PositionNumber", "0"), identifier(`OrderNumber:${rackNumber}`)];
  const modules = await modulesOf(device(kind, element("Rack", ...about, cpu, card)));
  expect(modules.map(({ name, rack, slot }) => [name, rack, slot])).toEqual([
    ["CPU", null, null],
    ["DI", 0, 2],
  ]);
});

it("takes the manufacturer that an element tells where the number does not", async () => {
  const cpu = element("CPU", identifier("OrderNumber:NX102-1200"), value("Manufacturer", "OMRON"));
  expect(await modulesOf(device("Cabinet", cpu))).toMatchObject([
    { hardware: { manufacturer: "OMRON", orderNumber: "NX102-1200" } },
  ]);
});
