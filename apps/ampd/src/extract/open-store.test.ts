import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { openS3Door, S3Server, TEST_BUCKET, useTestCredentials } from "../../test/s3-server.ts";
import { makeFolder } from "../../test/write-tables.ts";
import { InvalidConfigError, StorageFailingError } from "../domain/errors.ts";
import { openStore } from "./open-store.ts";

const never = new AbortController().signal;

test("without a URL the files lie in the data folder", async () => {
  const dataDir = await makeFolder();
  const store = await openStore({ url: undefined, dataDir, environment: {} }, never);
  expect(store.root).toBe(join(dataDir, "files"));
});

test("a file URL names the folder", async () => {
  const folder = join(await makeFolder(), "with space");
  const store = await openStore({ url: String(pathToFileURL(folder)), dataDir: "/nowhere", environment: {} }, never);
  expect(store.root).toBe(folder);
});

test("an S3 URL names bucket and prefix, the environment the endpoint", async () => {
  useTestCredentials();
  await using server = await S3Server.start();
  const environment = { AWS_ENDPOINT_URL_S3: server.endpoint, AWS_ENDPOINT_URL: "http://127.0.0.1:1" };
  const settings = { url: `s3://${TEST_BUCKET}/some/prefix/`, dataDir: "/nowhere", environment };
  const store = await openStore(settings, never);
  onTestFinished(() => store.close());
  expect(store.root).toBe(`s3://${TEST_BUCKET}/some/prefix`);
  await store.put("a", new Uint8Array([1]), never);
  const whole = await openStore({ ...settings, url: `s3://${TEST_BUCKET}` }, never);
  onTestFinished(() => whole.close());
  expect(await Array.fromAsync(whole.list(""))).toEqual([{ path: "some/prefix/a", sizeBytes: 1n }]);
});

test("a bucket that is not there is one sentence at the start", async () => {
  useTestCredentials();
  await using server = await S3Server.start();
  const environment = { AWS_ENDPOINT_URL: server.endpoint };
  const opening = openStore({ url: "s3://nowhere/prefix", dataDir: "/nowhere", environment }, never);
  await expect(opening).rejects.toThrow(StorageFailingError);
  await expect(opening).rejects.toThrow(
    "could not open s3://nowhere/prefix: the bucket does not exist (NoSuchBucket, HTTP 404)",
  );
});

test("the region of the environment signs the requests", async () => {
  useTestCredentials();
  const scopes: string[] = [];
  const door = await openS3Door(({ headers }, response) => {
    scopes.push(String(headers.authorization));
    response.writeHead(403).end();
    return true;
  });
  const environment = { AWS_ENDPOINT_URL: door.endpoint, AWS_DEFAULT_REGION: "eu-north-1" };
  await expect(openStore({ url: "s3://bucket", dataDir: "/nowhere", environment }, never)).rejects.toThrow();
  expect(scopes).toEqual([expect.stringContaining("/eu-north-1/s3/aws4_request")]);
});

test("a folder that cannot be one is one sentence at the start", async () => {
  const dataDir = await makeFolder();
  await writeFile(join(dataDir, "files"), "");
  const opening = openStore({ url: undefined, dataDir, environment: {} }, never);
  await expect(opening).rejects.toThrow(StorageFailingError);
  await expect(opening).rejects.toThrow(`in ${dataDir}/files: EEXIST`);
});

test.each([
  ["minio:9000", "AWS_ENDPOINT_URL_S3"],
  ["https://key:hunter2@store", "AWS_ENDPOINT_URL"],
  ["https://store?key=hunter2", "AWS_ENDPOINT_URL"],
])("the endpoint %s is refused by the name of its variable, and not shown", async (endpoint, name) => {
  const opening = openStore({ url: "s3://bucket", dataDir: "/nowhere", environment: { [name]: endpoint } }, never);
  await expect(opening).rejects.toThrow(InvalidConfigError);
  await expect(opening).rejects.toThrow(
    `${name} is not allowed: give http://host:port or https://host, without credentials`,
  );
});

test("a URL that names no store is refused", async () => {
  const opening = openStore({ url: "gs://bucket", dataDir: "/nowhere", environment: {} }, never);
  await expect(opening).rejects.toThrow(InvalidConfigError);
});
