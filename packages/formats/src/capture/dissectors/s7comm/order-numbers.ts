const PLC = "Programmable Logic Controller (PLC)";

/** First characters of Siemens order numbers (MLFB, blanks removed) and what such a module is; first match counts. */
const ORDER_NUMBER_TYPES: readonly [RegExp, string][] = [
  // S7-200/1200, S7-300, S7-400, S7-1500 and ET 200SP/pro CPUs, and WinAC; SIPLUS parts repeat them under 6AG1.
  [/^(6ES7|6AG1)(21[1-7]|31[2-9]|41[2-7]|51[0-8]|61[0-9]|67[0-9])/, PLC],
  // Interface modules with a CPU inside: ET 200S, ET 200pro.
  [/^(6ES7|6AG1)15[14]-[78]/, PLC],
  [/^6ED1/, PLC],
  [/^(6ES7|6AG1)15/, "Interface Module"],
  [/^(6ES7|6AG1)(1[34]|[2-5][23])/, "I/O Module"],
  [/^(6GK7|6AG1)(24|34|44|54)/, "Communications Processor"],
  [/^6GK5/, "Industrial Ethernet Switch"],
  [/^6AV/, "Human-Machine Interface (HMI)"],
  [/^6SL/, "Drive"],
];

/** Null when the text is no Siemens order number; an empty string when it is one of an unknown kind. */
export function typeOfOrderNumber(orderNumber: string): string | null {
  const compact = orderNumber.replaceAll(" ", "").toUpperCase();
  if (!/^6[A-Z]{2}\d[0-9A-Z]{3}-/.test(compact)) return null;
  return ORDER_NUMBER_TYPES.find(([pattern]) => pattern.test(compact))?.[1] ?? "";
}
