import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/**
 * Subscribes to a job's progress in messages of some 900 kB, by hand: a client of a library would read. A few of them
 * fill the buffers of the kernel.
 */
export async function openSlowClient(port: number, job: bigint): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  // How it ends is seen at the server.
  socket.on("error", () => {});
  await once(socket, "connect");
  const head = ["GET /graphql HTTP/1.1", `Host: 127.0.0.1:${port}`, "Connection: Upgrade", "Upgrade: websocket"];
  const keys = ["Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="];
  socket.write([...head, ...keys, "Sec-WebSocket-Protocol: graphql-transport-ws", "", ""].join("\r\n"));
  const fields = Array.from({ length: 90 }, (_, index) => `${"f".repeat(10_000)}${index}: headBlock`).join(" ");
  const query = `subscription { jobProgress(number: ${job}, minInterval: 0) { ${fields} } }`;
  socket.write(frameOf('{"type":"connection_init"}'));
  for (let answer = ""; !answer.includes("connection_ack"); answer += socket.read() ?? "") {
    await once(socket, "readable");
  }
  socket.write(frameOf(JSON.stringify({ id: "1", type: "subscribe", payload: { query } })));
  return socket;
}

/** A text frame of RFC 6455, masked by zeros, as a client must mask. */
function frameOf(text: string): Buffer {
  const payload = Buffer.from(text);
  const head = Buffer.alloc(14);
  head.writeUInt8(0x81, 0);
  head.writeUInt8(0x80 | 127, 1);
  head.writeBigUInt64BE(BigInt(payload.length), 2);
  return Buffer.concat([head, payload]);
}
