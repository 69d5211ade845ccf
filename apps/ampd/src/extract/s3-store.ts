import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { StorageFailingError } from "../domain/errors.ts";
import type { OpenedStore, StoredObject } from "./object-store.ts";
import { checkByWriting } from "./object-store-check.ts";
import { checkStorePath } from "./object-store-path.ts";
import { describeS3Failure } from "./s3-store-error.ts";

export type S3Location = {
  readonly bucket: string;
  /** Without a `/` at either end; empty for the whole bucket. */
  readonly prefix: string;
  /** A store that is not Amazon's. */
  readonly endpoint?: string | undefined;
  /** Without one: `us-east-1` at an endpoint, else what the SDK finds in profiles. */
  readonly region?: string | undefined;
  /** The bucket stands in the path instead of the host name; true at an endpoint, unless said otherwise. */
  readonly forcePathStyle?: boolean | undefined;
};

export type S3Limits = {
  /** The largest file that goes in one request. */
  readonly maxPutBytes: number;
  /** Size of a part of larger files; S3 takes at least 5 MiB, and 10,000 parts. */
  readonly partBytes: number;
  /** Objects of one listing. */
  readonly pageSize: number;
  /** Silence on a connection after which it counts as dead. */
  readonly silenceMs: number;
  /** One try of one request, until its answer begins. */
  readonly tryMs: number;
  /** One request with its retries and the whole answer. */
  readonly requestMs: number;
};

const MEBIBYTE = 1024 * 1024;
const LIMITS: S3Limits = {
  maxPutBytes: 64 * MEBIBYTE,
  partBytes: 16 * MEBIBYTE,
  pageSize: 1_000,
  silenceMs: 30_000,
  tryMs: 120_000,
  requestMs: 300_000,
};
const MAX_TRIES = 3;
const CONNECT_MS = 5_000;
/** How long a put that failed already waits for the removal of its parts. */
const ABORT_UPLOAD_MS = 5_000;

/** Refusals of a side errand that many stores do not know and careful policies do not allow. */
const NOT_OFFERED: readonly string[] = ["AccessDenied", "NotImplemented", "MethodNotAllowed"];

/**
 * A bucket, or a part of one, as an object store. Credentials come from the environment, a profile or a role, as usual.
 * Nothing is asked before the first call.
 */
export function openS3Store(location: S3Location, limits: Partial<S3Limits> = {}): OpenedStore {
  return new S3Store(location, { ...LIMITS, ...limits });
}

type Task = {
  readonly action: string;
  readonly path: string;
  readonly signal?: AbortSignal;
  readonly limitMs?: number;
};

type Sending = { readonly abortSignal: AbortSignal };

class S3Store implements OpenedStore {
  readonly root: string;
  readonly #bucket: string;
  /** What every key starts with. */
  readonly #base: string;
  readonly #host: string;
  readonly #limits: S3Limits;
  readonly #client: S3Client;

  constructor(location: S3Location, limits: S3Limits) {
    const { bucket, prefix, endpoint } = location;
    this.root = prefix === "" ? `s3://${bucket}` : `s3://${bucket}/${prefix}`;
    this.#bucket = bucket;
    this.#base = prefix === "" ? "" : `${prefix}/`;
    this.#host = endpoint === undefined ? "Amazon S3" : new URL(endpoint).host;
    this.#limits = limits;
    this.#client = createClient(location, limits);
  }

  async check(signal: AbortSignal): Promise<void> {
    await this.#ask({ action: "open", path: "", signal }, (sending) =>
      this.#client.send(new ListObjectsV2Command({ Bucket: this.#bucket, Prefix: this.#base, MaxKeys: 1 }), sending),
    );
    await checkByWriting(this, signal);
  }

  async put(path: string, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    const target = this.#locate(path);
    const task = { action: "write", path, signal };
    if (bytes.length > this.#limits.maxPutBytes) return this.#putInParts(target, bytes, task);
    await this.#ask(task, (sending) =>
      this.#client.send(new PutObjectCommand({ ...target, Body: bytes, ContentLength: bytes.length }), sending),
    );
  }

  async get(path: string, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    const target = this.#locate(path);
    return this.#ask({ action: "read", path, signal }, async (sending) => {
      const { Body, ContentLength } = await this.#client.send(new GetObjectCommand(target), sending);
      const bytes = await Body?.transformToByteArray();
      if (bytes === undefined || (ContentLength !== undefined && bytes.length !== ContentLength)) {
        throw this.#refuse("read", path, `${bytes?.length ?? 0} bytes came instead of ${ContentLength ?? "any"}`);
      }
      // Collected from a socket: not in memory that threads share.
      return bytes as Uint8Array<ArrayBuffer>;
    });
  }

  async delete(path: string): Promise<void> {
    const target = this.#locate(path);
    await this.#ask({ action: "delete", path }, async (sending) => {
      await this.#client.send(new DeleteObjectCommand(target), sending).catch(unlessNamed("NoSuchKey"));
      await this.#dropUploads(target, sending);
    });
  }

  async *list(prefix: string): AsyncIterable<StoredObject> {
    const { Key } = this.#locate(prefix);
    let before: string | undefined;
    let next: string | undefined;
    do {
      before = next;
      const page = await this.#listPage(prefix, Key, next);
      for (const object of page.Contents ?? []) {
        if (object.Key === undefined) continue;
        yield { path: object.Key.slice(this.#base.length), sizeBytes: BigInt(object.Size ?? 0) };
      }
      next = page.IsTruncated ? page.NextContinuationToken : undefined;
      // A store that gives the same page for ever.
      if (next !== undefined && next === before) throw this.#refuse("list", prefix, "the listing does not go on");
    } while (next !== undefined);
  }

  close(): void {
    this.#client.destroy();
  }

  #listPage(path: string, prefix: string, token: string | undefined): Promise<ListObjectsV2CommandOutput> {
    const query = { Bucket: this.#bucket, Prefix: prefix, MaxKeys: this.#limits.pageSize, ContinuationToken: token };
    return this.#ask({ action: "list", path }, (sending) =>
      this.#client.send(new ListObjectsV2Command(query), sending),
    );
  }

  /** One part after the other: a part under way when an upload is aborted may outlive it. */
  async #putInParts(target: Target, bytes: Uint8Array, task: Task): Promise<void> {
    const { UploadId } = await this.#ask(task, (sending) =>
      this.#client.send(new CreateMultipartUploadCommand(target), sending),
    );
    const upload = { ...target, UploadId };
    try {
      const parts: CompletedPart[] = [];
      for (let start = 0; start < bytes.length; start += this.#limits.partBytes) {
        const Body = bytes.subarray(start, start + this.#limits.partBytes);
        const part = { ...upload, PartNumber: parts.length + 1, Body, ContentLength: Body.length };
        const { ETag } = await this.#ask(task, (sending) => this.#client.send(new UploadPartCommand(part), sending));
        parts.push({ ETag, PartNumber: part.PartNumber });
      }
      await this.#ask(task, (sending) =>
        this.#client.send(
          new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: parts } }),
          sending,
        ),
      );
    } catch (error) {
      // The reason of the first failure counts; parts that stay are found by `delete`.
      await this.#ask({ action: "abort", path: task.path, limitMs: ABORT_UPLOAD_MS }, (sending) =>
        this.#client.send(new AbortMultipartUploadCommand(upload), sending),
      ).catch(() => undefined);
      throw error;
    }
  }

  /** Ends the uploads that a dead process left at a key: their parts are no object, but they are paid for. */
  async #dropUploads({ Bucket, Key }: Target, sending: Sending): Promise<void> {
    const listing = await this.#client
      .send(new ListMultipartUploadsCommand({ Bucket, Prefix: Key }), sending)
      .catch(unlessNamed(...NOT_OFFERED));
    for (const upload of listing?.Uploads ?? []) {
      if (upload.Key !== Key) continue;
      await this.#client
        .send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId: upload.UploadId }), sending)
        .catch(unlessNamed("NoSuchUpload", ...NOT_OFFERED));
    }
  }

  #locate(path: string): Target {
    checkStorePath(path);
    return { Bucket: this.#bucket, Key: `${this.#base}${path}` };
  }

  /** Runs a request within its time; an abort ends it with the signal's own reason. */
  async #ask<T>(task: Task, run: (sending: Sending) => Promise<T>): Promise<T> {
    const { signal, limitMs = this.#limits.requestMs } = task;
    const limit = AbortSignal.timeout(limitMs);
    try {
      signal?.throwIfAborted();
      return await run({ abortSignal: signal === undefined ? limit : AbortSignal.any([signal, limit]) });
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof Error) || error instanceof StorageFailingError) throw error;
      throw describeS3Failure({
        ...task,
        error,
        root: this.root,
        host: this.#host,
        secrets: await this.#secretsIn(error),
      });
    }
  }

  #refuse(action: string, path: string, reason: string): StorageFailingError {
    return new StorageFailingError(`could not ${action} '${path}' in ${this.root}: ${reason}`, {
      path,
      root: this.root,
      reason,
      status: null,
    });
  }

  /** Only an answer of the store can repeat credentials, and it had them: they are not looked for anew. */
  async #secretsIn(error: Error): Promise<readonly string[]> {
    if (!(error instanceof S3ServiceException)) return [];
    const { accessKeyId, secretAccessKey, sessionToken = "" } = await this.#client.config.credentials();
    return [sessionToken, secretAccessKey, accessKeyId].filter((secret) => secret !== "");
  }
}

type Target = { readonly Bucket: string; readonly Key: string };

function createClient({ endpoint, region, forcePathStyle }: S3Location, limits: S3Limits): S3Client {
  const given = region ?? (endpoint === undefined ? undefined : "us-east-1");
  return new S3Client({
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(given === undefined ? {} : { region: given }),
    forcePathStyle: forcePathStyle ?? endpoint !== undefined,
    maxAttempts: MAX_TRIES,
    // Bodies are in memory and signed with their SHA-256; other stores stumble over the SDK's own checksums.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    // A store that never says "continue" would not get the body.
    expectContinueHeader: false,
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      socketTimeout: limits.silenceMs,
      requestTimeout: limits.tryMs,
      throwOnRequestTimeout: true,
    },
  });
}

/** Lets refusals of these names pass, as nothing. */
function unlessNamed(...names: readonly string[]): (error: unknown) => undefined {
  return (error) => {
    if (error instanceof S3ServiceException && names.includes(error.name)) return undefined;
    throw error;
  };
}
