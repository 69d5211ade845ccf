import { createHash } from "node:crypto";
import { inspect } from "node:util";
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { makeEmptyBlocks } from "../../test/recorded-chain.ts";
import { openS3Door, refuse, type S3Script, S3Server, TEST_BUCKET, useTestCredentials } from "../../test/s3-server.ts";
import { makeFolder } from "../../test/write-tables.ts";
import { StorageFailingError } from "../domain/errors.ts";
import { checkBlock } from "./check-block.ts";
import type { OpenedStore } from "./object-store.ts";
import { ParquetEncoder } from "./parquet-encoder.ts";
import { openS3Store, type S3Limits, type S3Location } from "./s3-store.ts";
import { Segment } from "./segment.ts";
import { writeSegment } from "./write-segment.ts";

const never = new AbortController().signal;
const bytes = new TextEncoder().encode("PAR1");
const inParts = { maxPutBytes: 4, partBytes: 4 };

let server: S3Server;
let stores = 0;
beforeAll(async () => {
  server = await S3Server.start();
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(useTestCredentials);

function open(endpoint: string, limits: Partial<S3Limits> = {}, location: Partial<S3Location> = {}): OpenedStore {
  const store = openS3Store({ bucket: TEST_BUCKET, prefix: `p${stores}`, endpoint, ...location }, limits);
  onTestFinished(() => store.close());
  return store;
}

/** A store behind a door with a script, and the same one without the door. */
async function openBehind(script: S3Script, limits: Partial<S3Limits> = {}) {
  stores += 1;
  const door = await openS3Door(script, server);
  return { door, store: open(door.endpoint, limits), straight: open(server.endpoint) };
}

async function namesIn(store: OpenedStore): Promise<string[]> {
  return (await Array.fromAsync(store.list(""))).map(({ path }) => path);
}

test("a segment is written and its footer read back", async () => {
  const store = open(server.endpoint, { maxPutBytes: 1_000, partBytes: 1_000 });
  const encoder = new ParquetEncoder();
  onTestFinished(() => encoder.close());
  const segment = new Segment({ network: "mainnet", tables: ["blocks"] });
  for (const recorded of makeEmptyBlocks(10, 2)) {
    const ref = checkBlock({ endpoint: "replay", number: BigInt(String(recorded.block.number)), ...recorded });
    segment.append({ ...ref, ...recorded, endpoint: "replay", sizeBytes: 0 });
  }
  const files = new Map([["blocks", { path: "ns/eth/blocks/10.parquet", name: "10.parquet" }]] as const);
  const written = await writeSegment({ segment, files, createdAtNs: new Map([["blocks", 5n]]), store, encoder }, never);
  expect(written).toMatchObject([{ name: "10.parquet", start: 10n, end: 11n, rowCount: 2n }]);
  const stored = await Array.fromAsync(store.list("ns/"));
  expect(stored).toEqual([{ path: "ns/eth/blocks/10.parquet", sizeBytes: written[0]?.sizeBytes }]);
});

test("a store that asks for fewer requests is asked again", async () => {
  let refusals = 2;
  const { door, store } = await openBehind((_request, response) => {
    refusals -= 1;
    return refusals >= 0 && refuse(response, { status: 503, code: "SlowDown" });
  });
  await store.put("a", bytes, never);
  expect(door.requests).toHaveLength(3);
  expect(await store.get("a", never)).toEqual(bytes);
});

test("a store that never stops to ask for fewer requests has failed after three", async () => {
  const { door, store } = await openBehind((_request, response) => refuse(response, { status: 503, code: "SlowDown" }));
  await expect(store.put("a", bytes, never)).rejects.toMatchObject({
    message: `could not write 'a' in ${store.root}: the store asks for fewer requests (SlowDown, HTTP 503)`,
    retryable: true,
    fields: { path: "a", root: store.root, reason: "SlowDown", status: 503 },
  });
  expect(door.requests).toHaveLength(3);
});

test("a closed port is told with its address", async () => {
  const store = open("http://127.0.0.1:1");
  await expect(store.check(never)).rejects.toMatchObject({
    message: `could not open ${store.root}: nothing listens at 127.0.0.1:1 (ECONNREFUSED)`,
    fields: { path: "", root: store.root, reason: "ECONNREFUSED", status: null },
  });
});

test("an abort ends a put at a server that hangs, with the signal's reason", async () => {
  const stop = new AbortController();
  const reason = new Error("stop");
  const { store, straight } = await openBehind(({ method }) => {
    if (method !== "PUT") return false;
    stop.abort(reason);
    return true;
  });
  await expect(store.put("a", bytes, stop.signal)).rejects.toBe(reason);
  expect(await namesIn(straight)).toEqual([]);
});

test.each([
  ["a try", { tryMs: 100 }, "ETIMEDOUT", 3],
  ["a silence", { silenceMs: 100 }, "TimeoutError", 3],
  ["a request", { requestMs: 300 }, "AbortError", 1],
] as const)("%s has an end at a server that hangs", async (_what, limits, reason, tries) => {
  const { door, store } = await openBehind(() => true, limits);
  await expect(store.get("a", never)).rejects.toThrow(
    `could not read 'a' in ${store.root}: no answer came in time (${reason})`,
  );
  expect(door.requests).toHaveLength(tries);
});

test.each([
  [404, "NoSuchBucket", "", "the bucket does not exist"],
  [403, "AccessDenied", "", "the credentials do not allow this"],
  [403, "InvalidAccessKeyId", "", "the access key is unknown to the store"],
  [403, "SignatureDoesNotMatch", "", "the secret key does not fit the access key"],
  [403, "RequestTimeTooSkewed", "", "the clock of this machine is wrong"],
  [400, "ExpiredToken", "", "the session token has expired"],
  [301, "PermanentRedirect", "", "the bucket lies in another region: set AWS_REGION"],
  [
    400,
    "AuthorizationHeaderMalformed",
    "<Region>eu-west-1</Region>",
    "the bucket lies in region eu-west-1: set AWS_REGION",
  ],
])("an answer %i %s is told in words", async (status, code, extra, words) => {
  const { store } = await openBehind((_request, response) => refuse(response, { status, code, extra }));
  await expect(store.check(never)).rejects.toMatchObject({
    message: `could not open ${store.root}: ${words} (${code}, HTTP ${status})`,
    fields: { reason: code, status },
  });
});

test("the region of the bucket is told when it comes as a header", async () => {
  const { store } = await openBehind((_request, response) => {
    response.setHeader("x-amz-bucket-region", "eu-west-1");
    return refuse(response, { status: 301, code: "PermanentRedirect" });
  });
  await expect(store.check(never)).rejects.toThrow("the bucket lies in region eu-west-1: set AWS_REGION");
});

test("an answer that is no XML is told by its status", async () => {
  const { store } = await openBehind((_request, response) => {
    response.writeHead(404, { "content-type": "text/html" }).end("<html><body>no such page</body></html>");
    return true;
  });
  await expect(store.get("a", never)).rejects.toThrow(/^could not read 'a' in .*HTTP 404\)$/);
});

test("a key that may read but not write fails the check", async () => {
  const { store } = await openBehind(
    ({ method }, response) => method === "PUT" && refuse(response, { status: 403, code: "AccessDenied" }),
  );
  await expect(store.check(never)).rejects.toThrow(/^could not write '\.tmp-check-.*the credentials do not allow this/);
});

test("nothing that an error holds shows credentials or a signed URL, whatever the store repeats", async () => {
  vi.stubEnv("AWS_SESSION_TOKEN", "token-hunter2");
  const { store } = await openBehind(({ headers }, response) => {
    const message = `odd: ${headers.authorization} token-hunter2 S3RVER https://x/?X-Amz-Signature=hunter3`;
    const extra = "<AWSAccessKeyId>S3RVER</AWSAccessKeyId><Token-0>token-hunter2</Token-0>";
    return refuse(response, { status: 400, code: "InvalidRequest", message, extra });
  });
  const error = await store.put("a", bytes, never).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(StorageFailingError);
  expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/hunter|S3RVER|Signature=[0-9a-f]/);
  expect(error).toMatchObject({ message: expect.stringMatching(/: odd: .*\(InvalidRequest, HTTP 400\)$/) });
});

test("missing credentials are told", async () => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", undefined);
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", undefined);
  vi.stubEnv("AWS_SESSION_TOKEN", undefined);
  vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
  vi.stubEnv("HOME", await makeFolder());
  await expect(open(server.endpoint).check(never)).rejects.toThrow(
    /: no credentials were found: set AWS_ACCESS_KEY_ID/,
  );
});

test("a missing region is told", async () => {
  for (const name of ["AWS_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"]) vi.stubEnv(name, undefined);
  vi.stubEnv("HOME", await makeFolder());
  const store = openS3Store({ bucket: TEST_BUCKET, prefix: "" });
  onTestFinished(() => store.close());
  await expect(store.check(never)).rejects.toThrow(
    `could not open s3://${TEST_BUCKET}: no region is named: set AWS_REGION (RegionMissing)`,
  );
});

test("a file that breaks off while it is read is refused", async () => {
  const { store } = await openBehind((_request, response) => {
    response.writeHead(200, { "content-length": "1000" });
    response.write(new Uint8Array(100), () => response.destroy());
    return true;
  });
  await expect(store.get("a", never)).rejects.toThrow(/could not read 'a' in .*: the connection broke off to 127/);
});

test("a body goes in one piece, signed with its hash, and without checksums that other stores do not know", async () => {
  let sent: Record<string, unknown> = {};
  const { store } = await openBehind(({ headers }) => {
    sent = headers;
    return false;
  });
  await store.put("a", bytes, never);
  expect(sent).toMatchObject({
    "content-length": "4",
    "x-amz-content-sha256": createHash("sha256").update(bytes).digest("hex"),
  });
  expect(Object.keys(sent).filter((name) => /checksum|transfer-encoding|expect|trailer/.test(name))).toEqual([]);
});

/** The real server does not know how to abort an upload. */
const isUploadAborted: S3Script = ({ method, url = "" }, response) => {
  if (method !== "DELETE" || !url.includes("uploadId=")) return false;
  response.writeHead(204).end();
  return true;
};

test("an upload in parts whose part is refused is aborted, and shows nothing", async () => {
  const { door, store, straight } = await openBehind((request, response, body) => {
    if (isUploadAborted(request, response, body)) return true;
    return Boolean(request.url?.includes("partNumber=2")) && refuse(response, { status: 403, code: "AccessDenied" });
  }, inParts);
  await expect(store.put("a", new Uint8Array(10), never)).rejects.toThrow("the credentials do not allow this");
  expect(door.requests.map((line) => line.split(" ")[0])).toEqual(["POST", "PUT", "PUT", "DELETE"]);
  expect(await namesIn(straight)).toEqual([]);
});

test("an upload in parts that is aborted ends with the signal's reason, and is aborted at the store too", async () => {
  const stop = new AbortController();
  const reason = new Error("stop");
  const { door, store, straight } = await openBehind((request, response, body) => {
    if (isUploadAborted(request, response, body)) return true;
    if (!request.url?.includes("partNumber=2")) return false;
    stop.abort(reason);
    return true;
  }, inParts);
  await expect(store.put("a", new Uint8Array(10), stop.signal)).rejects.toBe(reason);
  expect(door.requests.at(-1)).toMatch(/^DELETE .*uploadId=/);
  expect(await namesIn(straight)).toEqual([]);
});

test("a completion that fails behind a 200 fails the put", async () => {
  const { store } = await openBehind((request, response, body) => {
    if (isUploadAborted(request, response, body)) return true;
    const isCompletion = request.method === "POST" && request.url?.includes("uploadId=");
    return Boolean(isCompletion) && refuse(response, { status: 200, code: "NoSuchUpload" });
  }, inParts);
  await expect(store.put("a", new Uint8Array(10), never)).rejects.toThrow("the upload was ended by somebody else");
});

test("a delete ends the uploads that were left at its path, and no others", async () => {
  const { door, store } = await openBehind((request, response, body) => {
    if (isUploadAborted(request, response, body)) return true;
    if (!request.url?.match(/[?&]uploads/)) return false;
    const upload = (key: string, id: string) => `<Upload><Key>${key}</Key><UploadId>${id}</UploadId></Upload>`;
    const found = upload(`p${stores}/a`, "mine") + upload(`p${stores}/ab`, "other") + upload(`p${stores}/a`, "mine2");
    response.end(`<ListMultipartUploadsResult>${found}</ListMultipartUploadsResult>`);
    return true;
  });
  await store.delete("a");
  const aborted = door.requests.flatMap((line) => /^DELETE \S+uploadId=(\w+)/.exec(line)?.[1] ?? []);
  expect(aborted).toEqual(["mine", "mine2"]);
});

test("a listing that gives the same page for ever is refused", async () => {
  const page = "<IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>";
  const { door, store } = await openBehind((_request, response) => {
    response.end(`<ListBucketResult>${page}</ListBucketResult>`);
    return true;
  });
  await expect(namesIn(store)).rejects.toThrow("the listing does not go on");
  expect(door.requests).toHaveLength(2);
});
