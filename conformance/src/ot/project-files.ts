/** A module of a Logix project; `at` is its slot, or its address on Ethernet. */
type LogixModule = {
  name: string;
  catalog: string;
  parent: string;
  port: number;
  at: string;
  keying?: string;
  ip?: string;
};

/** A Logix project as text: a controller with what is plugged in and reached by it, written by hand with invented names. */
export function logixProject(
  name: string,
  modules: readonly LogixModule[],
  options: { savedAt?: string; serialNumber?: string; targetType?: string } = {},
): string {
  const { savedAt = "Tue Mar 04 10:14:30 2025", serialNumber = "16#0000_0000", targetType = "Controller" } = options;
  const controller = { name: "Local", catalog: "1756-L83E", parent: "Local", port: 1, at: "0", keying: "Disabled" };
  return `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<RSLogix5000Content SchemaRevision="1.0" SoftwareRevision="33.01" TargetName="${name}" TargetType="${targetType}" ExportDate="${savedAt}">
<Controller Use="Target" Name="${name}" ProcessorType="1756-L83E" MajorRev="33" MinorRev="11" ProjectCreationDate="Mon Jan 06 08:00:01 2025" LastModifiedDate="${savedAt}" ProjectSN="${serialNumber}">
<Modules>
${[controller, ...modules].map(toModule).join("\n")}
</Modules>
</Controller>
</RSLogix5000Content>`;
}

function toModule({ name, catalog, parent, port, at, keying = "CompatibleModule", ip }: LogixModule): string {
  const isStation = at.includes(".");
  const upstream = `<Port Id="1" Address="${at}" Type="${isStation ? "Ethernet" : "ICP"}" Upstream="${name !== "Local"}"/>`;
  const own = ip === undefined ? "" : `<Port Id="2" Address="${ip}" Type="Ethernet" Upstream="false"/>`;
  return `<Module Name="${name}" CatalogNumber="${catalog}" Vendor="1" ProductType="12" ProductCode="166" Major="11" Minor="2" ParentModule="${parent}" ParentModPortId="${port}"><EKey State="${keying}"/><Ports>${upstream}${own}</Ports></Module>`;
}
