import { GrowingBytes } from "./growing-bytes.ts";

/** One bit a row, least significant first, as Arrow keeps validity and booleans. */
export class Bitmap {
  readonly #bytes = new GrowingBytes();
  #length = 0;

  get sizeBytes(): number {
    return this.#bytes.length;
  }

  push(bit: boolean): void {
    if (this.#length % 8 === 0) this.#bytes.grow(1);
    if (bit)
      this.#bytes.bytes[this.#length >> 3] = (this.#bytes.bytes[this.#length >> 3] ?? 0) | (1 << (this.#length & 7));
    this.#length += 1;
  }

  /** Drops what lies behind `length` bits. */
  truncate(length: number): void {
    this.#bytes.truncate((length + 7) >> 3);
    this.#length = length;
    const last = length >> 3;
    if (length % 8 !== 0) this.#bytes.bytes[last] = (this.#bytes.bytes[last] ?? 0) & ((1 << (length & 7)) - 1);
  }

  /** How many of the bits are not set. */
  countZeros(): number {
    let ones = 0;
    for (let index = 0; index < this.#bytes.length; index += 1) {
      for (let byte = this.#bytes.bytes[index] ?? 0; byte !== 0; byte &= byte - 1) ones += 1;
    }
    return this.#length - ones;
  }

  take(): Uint8Array<ArrayBuffer> {
    this.#length = 0;
    return this.#bytes.take();
  }
}
