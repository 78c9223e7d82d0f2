/**
 * Manufacturers by PROFINET vendor id, the ones met most in plants. PROFIBUS & PROFINET International assigns the
 * numbers and publishes the list; every device's GSDML file repeats its own (`DeviceIdentity/@VendorID`).
 */
export const PROFINET_VENDORS: Readonly<Record<number, string>> = {
  17: "Endress+Hauser",
  26: "ABB",
  42: "Siemens",
  176: "Phoenix Contact",
  257: "SICK",
  266: "SEW-Eurodrive",
  268: "HMS Networks",
  285: "WAGO",
  286: "Hilscher",
  288: "Beckhoff",
  303: "Murrelektronik",
  308: "Weidmüller",
  310: "ifm electronic",
  317: "Turck",
  333: "Festo",
  346: "GE",
  555: "VIPA",
};

/** Product lines by vendor id and device id (`0xVVVVDDDD`), from the vendor's GSDML files. */
export const PROFINET_DEVICE_FAMILIES: Readonly<Record<number, string>> = {
  2752781: "S7-1200",
  2752782: "S7-1500",
  2753281: "ET 200S",
  2753299: "ET 200SP",
  2754052: "PN/PN Coupler",
  2754817: "M200D",
};
