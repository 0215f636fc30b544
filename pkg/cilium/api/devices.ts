/**
 * Returns the names in option `devices`. Agents read them separated by blanks or by commas, but not by both: an entry of a stored configuration
 * that has commas is split, and a new one is rejected (validate-new.ts).
 */
export function splitDevices(devices: readonly string[]): readonly string[] {
  return devices.flatMap((device) => device.split(',')).filter((name) => name !== '');
}
