/**
 * Name of a Parquet file: `<first block, 9 digits>-<16 hex>.parquet`; the digits make names sort by block up to a
 * billion, the random part keeps two files of one block apart.
 * @param random 8 bytes
 */
export function segmentFileName(start: bigint, random: Uint8Array): string {
  if (random.length !== 8) throw new RangeError(`a file name takes 8 random bytes, not ${random.length}`);
  return `${start.toString().padStart(9, "0")}-${Buffer.from(random).toString("hex")}.parquet`;
}
