const plc = "Programmable Logic Controller (PLC)";
const io = "I/O Module";
const hmi = "Human-Machine Interface (HMI)";
const drive = "Drive";
const ethernetSwitch = "Industrial Ethernet Switch";
const communications = "Communications Module";

/** A product line, told by the beginning of its order or catalogue numbers. */
export type ProductFamily = {
  /** Over the number in upper case without blanks. */
  number: RegExp;
  manufacturer: string;
  family: string;
  type: string;
  /** Only where the number alone tells it. */
  model?: string;
  source: string;
};

function rows(
  manufacturer: string,
  source: string,
  entries: readonly (readonly [RegExp, string, string, string?])[],
): ProductFamily[] {
  return entries.map(([number, family, type, model]) =>
    model === undefined
      ? { number, manufacturer, family, type, source }
      : { number, manufacturer, family, type, model, source },
  );
}

const rockwell = "Rockwell Automation";
const siemens = "Siemens";
const schneider = "Schneider Electric";
const omron = "Omron";

/** The curated table: first match counts, so that the narrower stands before the wider. */
export const productFamilies: readonly ProductFamily[] = [
  ...rows(rockwell, "Rockwell Automation 1756-SG001, ControlLogix system selection guide", [
    [/^1756-L8(\dES|SP)/, "GuardLogix 5580", plc],
    [/^1756-L8\d/, "ControlLogix 5580", plc],
    [/^1756-L7(\dS|SP)/, "GuardLogix 5570", plc],
    [/^1756-L7\d/, "ControlLogix 5570", plc],
    [/^1756-L(6\dS|SP)/, "GuardLogix 5560", plc],
    [/^1756-L6\d/, "ControlLogix 5560", plc],
    [/^1756-L[15]/, "ControlLogix 5550", plc],
    [/^1756-(EN|EWEB|CN|DN|DH|RIO)/, "ControlLogix communication modules", communications],
    [/^1756-[IO]/, "ControlLogix I/O", io],
  ]),
  ...rows(rockwell, "Rockwell Automation 1769-SG001 and 5069-SG001, CompactLogix system selection guides", [
    [/^1769-L1\d/, "CompactLogix 5370 L1", plc],
    [/^1769-L(24|27)/, "CompactLogix 5370 L2", plc],
    [/^1769-L3\dERMS/, "Compact GuardLogix 5370", plc],
    [/^1769-L3\dER/, "CompactLogix 5370 L3", plc],
    [/^1769-L(2|3)/, "CompactLogix 1769-L2x/L3x", plc],
    [/^1768-L4\dS/, "Compact GuardLogix 1768", plc],
    [/^1768-L4/, "CompactLogix 1768", plc],
    [/^5069-L3\d+ERM?S/, "Compact GuardLogix 5380", plc],
    [/^5069-L3/, "CompactLogix 5380", plc],
    [/^5069-L4/, "CompactLogix 5480", plc],
    [/^5069-(AE|I|O)/, "Compact 5000 I/O", io],
    [/^1769-[IO]/, "Compact I/O", io],
    [/^1769-A/, "Compact I/O adapters", communications],
  ]),
  ...rows(rockwell, "Rockwell Automation product catalogue, programmable controllers", [
    [/^1761-L/, "MicroLogix 1000", plc],
    [/^1762-L/, "MicroLogix 1200", plc],
    [/^1763-L/, "MicroLogix 1100", plc],
    [/^1764-L/, "MicroLogix 1500", plc],
    [/^1766-L/, "MicroLogix 1400", plc],
    [/^2080-(LC10|L10)/, "Micro810", plc],
    [/^2080-(LC20|L20)/, "Micro820", plc],
    [/^2080-(LC30|L30)/, "Micro830", plc],
    [/^2080-(LC50|L50)/, "Micro850", plc],
    [/^2080-(LC70|L70)/, "Micro870", plc],
    [/^1747-L/, "SLC 500", plc],
    [/^1785-L/, "PLC-5", plc],
    [/^1789-L/, "SoftLogix 5800", plc],
    [/^1794-L/, "FlexLogix", plc],
    [/^1734-/, "POINT I/O", io],
    [/^1794-/, "FLEX I/O", io],
    [/^5094-/, "FLEX 5000 I/O", io],
    [/^1732/, "ArmorBlock I/O", io],
    [/^1783-BMS/, "Stratix 5700", ethernetSwitch],
    [/^1783-ZMS/, "ArmorStratix 5700", ethernetSwitch],
    [/^1783-HMS/, "Stratix 5400", ethernetSwitch],
    [/^1783-IMS/, "Stratix 5410", ethernetSwitch],
    [/^1783-MMS/, "Stratix 5800", ethernetSwitch],
    [/^1783-MS/, "Stratix 8000", ethernetSwitch],
    [/^1783-RMS/, "Stratix 8300", ethernetSwitch],
    [/^1783-SAD/, "Stratix 5950", "Industrial Firewall"],
    [/^1783-SR/, "Stratix 5900", "Industrial Router"],
    [/^1783-/, "Stratix", ethernetSwitch],
    [/^2711P-/, "PanelView Plus", hmi],
    [/^2711R-/, "PanelView 800", hmi],
    [/^2715P-/, "PanelView 5000", hmi],
    [/^20A/, "PowerFlex 70", drive],
    [/^20B/, "PowerFlex 700", drive],
    [/^20F/, "PowerFlex 753", drive],
    [/^20G/, "PowerFlex 755", drive],
    [/^25A/, "PowerFlex 523", drive],
    [/^25B/, "PowerFlex 525", drive],
    [/^2198-/, "Kinetix 5000", drive],
  ]),
  // SIPLUS parts (6AG1) repeat the SIMATIC number.
  ...rows(siemens, "Siemens catalogue ST 70, products for Totally Integrated Automation", [
    [/^6(ES7|AG1)315-2EH/, "S7-300", plc, "CPU 315-2 PN/DP"],
    [/^6(ES7|AG1)315-2FJ/, "S7-300", plc, "CPU 315F-2 PN/DP"],
    [/^6(ES7|AG1)315-2A/, "S7-300", plc, "CPU 315-2 DP"],
    [/^6(ES7|AG1)317-2EK/, "S7-300", plc, "CPU 317-2 PN/DP"],
    [/^6(ES7|AG1)317-2FK/, "S7-300", plc, "CPU 317F-2 PN/DP"],
    [/^6(ES7|AG1)319-3EL/, "S7-300", plc, "CPU 319-3 PN/DP"],
    [/^6(ES7|AG1)314-6EH/, "S7-300", plc, "CPU 314C-2 PN/DP"],
    [/^6(ES7|AG1)31[2-9]-/, "S7-300", plc],
    [/^6(ES7|AG1)410-5H/, "S7-410", plc],
    [/^6(ES7|AG1)41[2-7]-[345]H/, "S7-400H", plc],
    [/^6(ES7|AG1)41[2-7]-/, "S7-400", plc],
    // CPU 22x share their first digits with the S7-1200; their generations are numbered 20 to 23, the newer ones from 30.
    [/^6(ES7|AG1)21[1-6]-\d[A-Z]{2}[012]\d/, "S7-200", plc],
    [/^6(ES7|AG1)21[1-7]-/, "S7-1200", plc],
    [/^6ES7288-/, "S7-200 SMART", plc],
    [/^6(ES7|AG1)51[024]-[12][DSV]/, "ET 200SP CPU", plc],
    [/^6(ES7|AG1)51[36]-2[PG]/, "ET 200pro CPU", plc],
    [/^6(ES7|AG1)51[1-8]-/, "S7-1500", plc],
    [/^6(ES7|AG1)151-[78]/, "ET 200S CPU", plc],
    [/^6(ES7|AG1)154-[78]/, "ET 200pro CPU", plc],
    [/^6(ES7|AG1)13\d-6/, "ET 200SP", io],
    [/^6(ES7|AG1)1(3\d|51)-/, "ET 200S", io],
    [/^6(ES7|AG1)153-/, "ET 200M", io],
    [/^6(ES7|AG1)1(4\d-4|54-)/, "ET 200pro", io],
    [/^6(ES7|AG1)155-5/, "ET 200MP", io],
    [/^6(ES7|AG1)155-6/, "ET 200SP", io],
    [/^6(ES7|AG1)67\d-/, "SIMATIC software controller", plc],
    [/^6(ES7|AG1)3[23]\d-/, "S7-300 I/O", io],
    [/^6(ES7|AG1)4[23]\d-/, "S7-400 I/O", io],
    [/^6(ES7|AG1)2[23]\d-/, "S7-1200 I/O", io],
    [/^6(ES7|AG1)5[23]\d-/, "S7-1500 I/O", io],
    [/^6ED1/, "LOGO!", plc],
  ]),
  ...rows(siemens, "Siemens catalogue IK PI, industrial communication", [
    [/^6(GK7|AG1)343-/, "CP 343", communications],
    [/^6(GK7|AG1)443-/, "CP 443", communications],
    [/^6(GK7|AG1)24[23]-/, "CP 124x", communications],
    [/^6(GK7|AG1)54[23]-/, "CP 154x", communications],
    [/^6GK5[67]\d\d-|^6GK5874-/, "SCALANCE", "Network Device"],
    [/^6GK5/, "SCALANCE X", ethernetSwitch],
  ]),
  ...rows(siemens, "Siemens catalogues ST 80 and D 31", [
    [/^6AV2128/, "SIMATIC HMI Unified Comfort Panels", hmi],
    [/^6AV2124/, "SIMATIC HMI Comfort Panels", hmi],
    [/^6AV212[35]/, "SIMATIC HMI Basic and Mobile Panels", hmi],
    [/^6AV/, "SIMATIC HMI", hmi],
    [/^6SL3/, "SINAMICS", drive],
    [/^6SE6/, "MICROMASTER", drive],
  ]),
  ...rows(schneider, "Schneider Electric Modicon catalogues", [
    [/^BMXP34/, "Modicon M340", plc],
    [/^BMEP58/, "Modicon M580", plc],
    [/^BMEH58/, "Modicon M580 Hot Standby", plc],
    [/^TM221/, "Modicon M221", plc],
    [/^TM241/, "Modicon M241", plc],
    [/^TM251/, "Modicon M251", plc],
    [/^TM262/, "Modicon M262", plc],
    [/^140CPU/, "Modicon Quantum", plc],
    [/^TSXP57/, "Modicon Premium", plc],
    [/^171C/, "Modicon Momentum", plc],
    [/^ATV/, "Altivar", drive],
  ]),
  ...rows(omron, "Omron P-series catalogues, programmable controllers", [
    [/^CJ2[HM]/, "CJ2", plc],
    [/^CJ1/, "CJ1", plc],
    [/^CS1/, "CS1", plc],
    [/^CP1/, "CP1", plc],
    [/^NX1P2/, "NX1P", plc],
    [/^NX(102|502|701)/, "NX", plc],
    [/^NJ\d01/, "NJ", plc],
  ]),
];

const compactLength = 64;

/** The product line of an order or catalogue number, blanks and case aside; null when the table does not have it. */
export function findProductFamily(orderOrCatalogNumber: string | null): ProductFamily | null {
  if (orderOrCatalogNumber === null) return null;
  const compact = orderOrCatalogNumber.slice(0, compactLength).replace(/\s/g, "").toUpperCase();
  return productFamilies.find((row) => row.number.test(compact)) ?? null;
}
