const FIRST_CAPACITY = 1024;
/** Arrow's offsets are signed 32-bit: no buffer of a segment may grow beyond. */
const MAX_BYTES = 2 ** 31 - 1;

/** A byte buffer that doubles when full; what lies behind `length` is always zero. */
export class GrowingBytes {
  #buffer = new ArrayBuffer(FIRST_CAPACITY);
  #bytes = Buffer.from(this.#buffer);
  #view = new DataView(this.#buffer);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** All bytes up to the capacity; valid until the next `grow`. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  get view(): DataView {
    return this.#view;
  }

  /** Makes room for `count` more bytes, zeroed, and returns the offset of the first. */
  grow(count: number): number {
    const offset = this.#length;
    const length = offset + count;
    if (length > MAX_BYTES) throw new RangeError(`a column of a segment cannot hold more than ${MAX_BYTES} bytes`);
    if (length > this.#buffer.byteLength) {
      this.#use(this.#buffer.transfer(Math.min(Math.max(length, this.#buffer.byteLength * 2), MAX_BYTES)));
    }
    this.#length = length;
    return offset;
  }

  /** Drops what lies behind `length`. */
  truncate(length: number): void {
    this.#bytes.fill(0, length, this.#length);
    this.#length = length;
  }

  /** Hands the bytes over without slack and starts again empty. */
  take(): Uint8Array<ArrayBuffer> {
    const taken = new Uint8Array(this.#buffer.transfer(this.#length));
    this.#use(new ArrayBuffer(FIRST_CAPACITY));
    this.#length = 0;
    return taken;
  }

  #use(buffer: ArrayBuffer): void {
    this.#buffer = buffer;
    this.#bytes = Buffer.from(buffer);
    this.#view = new DataView(buffer);
  }
}
