import { expect, test } from "vitest";
import { parseStoreUrl } from "./object-store-url.ts";

test.each([
  ["s3://bucket", "bucket", ""],
  ["s3://bucket/", "bucket", ""],
  ["S3://my.bucket-1/amp/mainnet", "my.bucket-1", "amp/mainnet"],
  ["s3://bucket/amp/mainnet/", "bucket", "amp/mainnet"],
  ["s3://bucket/größe", "bucket", "größe"],
])("%s is bucket '%s' with prefix '%s'", (url, bucket, prefix) => {
  expect(parseStoreUrl(url)).toEqual({ kind: "s3", bucket, prefix });
});

test.each([
  ["file:///var/lib/amp", "/var/lib/amp"],
  ["file:///with%20space", "/with space"],
  ["FILE:///a/../b", "/b"],
])("%s is the folder %s", (url, path) => {
  expect(parseStoreUrl(url)).toEqual({ kind: "folder", path });
});

test.each([
  "",
  "bucket/prefix",
  "/var/lib/amp",
  "gs://bucket",
  "https://bucket.s3.amazonaws.com/",
  "s3:bucket",
  "s3://",
  "s3:///prefix",
  "s3://ab",
  "s3://Bucket",
  "s3://key:secret@bucket/prefix",
  "s3://bucket/a//b",
  "s3://bucket/../other",
  "s3://bucket/a/./b",
  "s3://bucket/a b",
  "s3://bucket/a%20b",
  "s3://bucket/a?region=eu-west-1",
  "s3://bucket/a\nb",
  "file://host/share",
  "file:relative",
  "file:///a?b",
  "file:///a%2Fb",
])("%j names no store", (url) => {
  expect(parseStoreUrl(url)).toBeUndefined();
});
