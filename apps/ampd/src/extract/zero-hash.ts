/** 32 zero bytes: what stands for a hash or a signature that the chain does not have. */
export const ZERO_HASH = `0x${"00".repeat(32)}`;
