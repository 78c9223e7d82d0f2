/** Whether one device can have the address: no broadcast, no multicast, not the unset one, not the loopback. */
export function isDeviceIp(address: string): boolean {
  if (address.includes(":")) return !/^(::1?|ff[0-9a-f]{2}:.*)$/i.test(address);
  const first = Number(address.split(".")[0]);
  return first > 0 && first < 224 && first !== 127;
}

/** Whether one device can have the MAC (lower case, colon separated): neither a group address nor the unset one. */
export function isDeviceMac(mac: string): boolean {
  return (Number.parseInt(mac.slice(0, 2), 16) & 1) === 0 && mac !== "00:00:00:00:00:00";
}
