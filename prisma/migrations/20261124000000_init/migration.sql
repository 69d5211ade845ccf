-- CreateEnum
CREATE TYPE "job_status" AS ENUM ('SCHEDULED', 'RUNNING', 'STOP_REQUESTED', 'STOPPING', 'COMPLETED', 'STOPPED', 'FAILED');

-- CreateEnum
CREATE TYPE "job_event_type" AS ENUM ('SCHEDULED', 'RUNNING', 'STOP_REQUESTED', 'STOPPING', 'COMPLETED', 'STOPPED', 'FAILED', 'RETRY_SCHEDULED', 'HANDED_OVER', 'LEASE_EXPIRED', 'STOP_FAILED', 'STOP_OVERDUE', 'REORG', 'REMOVED');

-- CreateTable
CREATE TABLE "provider" (
    "name" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "network" TEXT NOT NULL,
    "config" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "provider_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "manifest" (
    "hash" CHAR(64) NOT NULL,
    "kind" TEXT NOT NULL,
    "network" TEXT NOT NULL,
    "start_block" BIGINT NOT NULL,
    "finalized_blocks_only" BOOLEAN NOT NULL,
    "tables" TEXT[],
    "content" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "manifest_pkey" PRIMARY KEY ("hash")
);

-- CreateTable
CREATE TABLE "dataset" (
    "namespace" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "dev_hash" CHAR(64) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "dataset_pkey" PRIMARY KEY ("namespace","name")
);

-- CreateTable
CREATE TABLE "dataset_manifest" (
    "namespace" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "manifest_hash" CHAR(64) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "dataset_manifest_pkey" PRIMARY KEY ("namespace","name","manifest_hash")
);

-- CreateTable
CREATE TABLE "dataset_version" (
    "namespace" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "manifest_hash" CHAR(64) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "dataset_version_pkey" PRIMARY KEY ("namespace","name","version")
);

-- CreateTable
CREATE TABLE "job" (
    "number" BIGSERIAL NOT NULL,
    "status" "job_status" NOT NULL DEFAULT 'SCHEDULED',
    "version" INTEGER NOT NULL DEFAULT 1,
    "namespace" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "manifest_hash" CHAR(64) NOT NULL,
    "end_block" TEXT,
    "parallelism" INTEGER NOT NULL DEFAULT 1,
    "verify" BOOLEAN NOT NULL DEFAULT false,
    "node_selector" TEXT,
    "node_id" TEXT,
    "incarnation" UUID,
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "target_block" BIGINT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "scheduled_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),
    "next_attempt_at" TIMESTAMPTZ(3),
    "stop_requested_at" TIMESTAMPTZ(3),
    "stop_deadline" TIMESTAMPTZ(3),
    "last_error" JSONB,
    "retry_of" BIGINT,
    "final_tables" JSONB,

    CONSTRAINT "job_pkey" PRIMARY KEY ("number")
);

-- CreateTable
CREATE TABLE "job_live" (
    "job_number" BIGINT NOT NULL,
    "head_block" BIGINT NOT NULL,
    "fetched_block" BIGINT,
    "head_timestamp" BIGINT NOT NULL,
    "reported_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "job_live_pkey" PRIMARY KEY ("job_number")
);

-- CreateTable
CREATE TABLE "job_event" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "sequence" BIGINT,
    "job_number" BIGINT NOT NULL,
    "type" "job_event_type" NOT NULL,
    "time" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "node_id" TEXT NOT NULL,
    "actor" TEXT,
    "request_id" TEXT,
    "reason" TEXT,
    "detail" JSONB,

    CONSTRAINT "job_event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "dataset_table" (
    "id" BIGSERIAL NOT NULL,
    "namespace" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "manifest_hash" CHAR(64) NOT NULL,
    "table_name" TEXT NOT NULL,
    "revision" UUID NOT NULL,
    "active" BOOLEAN NOT NULL DEFAULT true,
    "writer_job" BIGINT,
    "start_block" BIGINT,
    "current_block" BIGINT,
    "files_count" BIGINT NOT NULL DEFAULT 0,
    "total_size_bytes" BIGINT NOT NULL DEFAULT 0,
    "row_count" BIGINT NOT NULL DEFAULT 0,
    "last_file_ns" BIGINT,
    "chain_version" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "dataset_table_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "table_file" (
    "id" BIGSERIAL NOT NULL,
    "table_id" BIGINT NOT NULL,
    "name" TEXT NOT NULL,
    "start_block" BIGINT NOT NULL,
    "end_block" BIGINT NOT NULL,
    "network" TEXT NOT NULL,
    "hash" CHAR(66) NOT NULL,
    "prev_hash" CHAR(66) NOT NULL,
    "timestamp" BIGINT NOT NULL,
    "size_bytes" BIGINT NOT NULL,
    "row_count" BIGINT NOT NULL,
    "created_at_ns" BIGINT NOT NULL,
    "canonical" BOOLEAN NOT NULL,

    CONSTRAINT "table_file_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "pending_file" (
    "table_id" BIGINT NOT NULL,
    "name" TEXT NOT NULL,
    "job_number" BIGINT NOT NULL,
    "attempt" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "pending_file_pkey" PRIMARY KEY ("table_id","name")
);

-- CreateTable
CREATE TABLE "worker" (
    "node_id" TEXT NOT NULL,
    "incarnation" UUID NOT NULL,
    "lease_until" TIMESTAMPTZ(3) NOT NULL,
    "heartbeat_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "capacity" INTEGER NOT NULL,
    "version" TEXT NOT NULL,
    "draining" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "registered_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "signed_off_at" TIMESTAMPTZ(3),

    CONSTRAINT "worker_pkey" PRIMARY KEY ("node_id")
);

-- CreateIndex
CREATE INDEX "provider_network_idx" ON "provider"("network");

-- CreateIndex
CREATE INDEX "job_status_number_idx" ON "job"("status", "number");

-- CreateIndex
CREATE INDEX "job_namespace_name_manifest_hash_idx" ON "job"("namespace", "name", "manifest_hash");

-- CreateIndex
CREATE INDEX "job_node_id_status_idx" ON "job"("node_id", "status");

-- CreateIndex
CREATE UNIQUE INDEX "job_event_sequence_key" ON "job_event"("sequence");

-- CreateIndex
CREATE INDEX "job_event_job_number_sequence_idx" ON "job_event"("job_number", "sequence");

-- CreateIndex
CREATE INDEX "dataset_table_namespace_name_manifest_hash_idx" ON "dataset_table"("namespace", "name", "manifest_hash");

-- CreateIndex
CREATE INDEX "table_file_table_id_start_block_idx" ON "table_file"("table_id", "start_block");

-- CreateIndex
CREATE UNIQUE INDEX "table_file_table_id_name_key" ON "table_file"("table_id", "name");

-- AddForeignKey
ALTER TABLE "dataset_manifest" ADD CONSTRAINT "dataset_manifest_namespace_name_fkey" FOREIGN KEY ("namespace", "name") REFERENCES "dataset"("namespace", "name") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "dataset_manifest" ADD CONSTRAINT "dataset_manifest_manifest_hash_fkey" FOREIGN KEY ("manifest_hash") REFERENCES "manifest"("hash") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "dataset_version" ADD CONSTRAINT "dataset_version_namespace_name_fkey" FOREIGN KEY ("namespace", "name") REFERENCES "dataset"("namespace", "name") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "dataset_version" ADD CONSTRAINT "dataset_version_namespace_name_manifest_hash_fkey" FOREIGN KEY ("namespace", "name", "manifest_hash") REFERENCES "dataset_manifest"("namespace", "name", "manifest_hash") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "job" ADD CONSTRAINT "job_namespace_name_manifest_hash_fkey" FOREIGN KEY ("namespace", "name", "manifest_hash") REFERENCES "dataset_manifest"("namespace", "name", "manifest_hash") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "job_live" ADD CONSTRAINT "job_live_job_number_fkey" FOREIGN KEY ("job_number") REFERENCES "job"("number") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "dataset_table" ADD CONSTRAINT "dataset_table_namespace_name_manifest_hash_fkey" FOREIGN KEY ("namespace", "name", "manifest_hash") REFERENCES "dataset_manifest"("namespace", "name", "manifest_hash") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "table_file" ADD CONSTRAINT "table_file_table_id_fkey" FOREIGN KEY ("table_id") REFERENCES "dataset_table"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "pending_file" ADD CONSTRAINT "pending_file_table_id_fkey" FOREIGN KEY ("table_id") REFERENCES "dataset_table"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What Prisma does not model ---------------------------------------------------------------------------------------

-- At most one active job, and one active revision of each table, per (namespace, name, manifest).
CREATE UNIQUE INDEX "job_one_active_per_tables" ON "job" ("namespace", "name", "manifest_hash")
  WHERE "status" IN ('SCHEDULED', 'RUNNING', 'STOP_REQUESTED', 'STOPPING');
CREATE UNIQUE INDEX "dataset_table_one_active_revision" ON "dataset_table" ("namespace", "name", "manifest_hash", "table_name")
  WHERE "active";

ALTER TABLE "job" ADD CONSTRAINT "job_parallelism_positive" CHECK ("parallelism" >= 1);
ALTER TABLE "table_file" ADD CONSTRAINT "table_file_range_forward" CHECK ("start_block" <= "end_block");

-- Raises when a condition does not hold, so that a batch of plain statements is all or nothing.
CREATE FUNCTION "amp_require"("condition" boolean, "code" text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF "condition" IS NOT TRUE THEN
    RAISE EXCEPTION '%', "code" USING ERRCODE = 'AMP01';
  END IF;
  RETURN true;
END $$;

-- The arrows of domain/job.ts, kept by the database itself: no session, tool or bug makes another move, inserts anything
-- but SCHEDULED, or deletes an active job. A move raises the version by one; nothing else touches it.
CREATE FUNCTION "job_guard"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW."status" <> 'SCHEDULED' THEN
      RAISE EXCEPTION 'a job starts as SCHEDULED, not %', NEW."status" USING ERRCODE = 'AMP02';
    END IF;
    RETURN NEW;
  END IF;
  IF TG_OP = 'DELETE' THEN
    IF OLD."status" NOT IN ('COMPLETED', 'STOPPED', 'FAILED') THEN
      RAISE EXCEPTION 'job % is %: only an ended job can be removed', OLD."number", OLD."status" USING ERRCODE = 'AMP02';
    END IF;
    RETURN OLD;
  END IF;
  IF NEW."status" = OLD."status" THEN
    IF NEW."version" <> OLD."version" OR NEW."updated_at" <> OLD."updated_at" THEN
      RAISE EXCEPTION 'job %: version and updated_at change with a move only', OLD."number" USING ERRCODE = 'AMP02';
    END IF;
    RETURN NEW;
  END IF;
  IF (OLD."status", NEW."status") NOT IN (
    ('SCHEDULED', 'RUNNING'), ('SCHEDULED', 'STOPPED'),
    ('RUNNING', 'STOP_REQUESTED'), ('RUNNING', 'COMPLETED'), ('RUNNING', 'FAILED'), ('RUNNING', 'SCHEDULED'),
    ('STOP_REQUESTED', 'STOPPING'), ('STOP_REQUESTED', 'STOPPED'), ('STOP_REQUESTED', 'COMPLETED'),
    ('STOPPING', 'STOPPED'), ('STOPPING', 'COMPLETED')
  ) THEN
    RAISE EXCEPTION 'job % cannot move from % to %', OLD."number", OLD."status", NEW."status" USING ERRCODE = 'AMP02';
  END IF;
  IF NEW."version" <> OLD."version" + 1 THEN
    RAISE EXCEPTION 'job %: a move raises the version by one', OLD."number" USING ERRCODE = 'AMP02';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER "job_guard" BEFORE INSERT OR UPDATE OR DELETE ON "job" FOR EACH ROW EXECUTE FUNCTION "job_guard"();

-- The event log's order is the order of commits: each transaction takes the lock as its last act and numbers its events
-- then, so that a reader who has seen n is never shown a smaller number later.
CREATE SEQUENCE "job_event_sequence" AS bigint;

CREATE FUNCTION "job_event_number"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(7236850);
  UPDATE "job_event" SET "sequence" = nextval('job_event_sequence') WHERE "id" = NEW."id";
  RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER "job_event_number" AFTER INSERT ON "job_event"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION "job_event_number"();

-- Wakes the readers: 'job <number>…' for what one statement moved, or 'job *' when that is many.
CREATE FUNCTION "job_event_wake"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  moved text;
BEGIN
  SELECT CASE WHEN count(DISTINCT "job_number") > 100 THEN '*' ELSE string_agg(DISTINCT "job_number"::text, ' ') END
    INTO moved FROM added;
  IF moved IS NOT NULL THEN
    PERFORM pg_notify('amp', 'job ' || moved);
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER "job_event_wake" AFTER INSERT ON "job_event"
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION "job_event_wake"();

-- Events are never changed (but for their number) and never deleted by hand.
CREATE FUNCTION "job_event_append_only"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD."sequence" IS NULL THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'event % is part of an append-only log', OLD."sequence" USING ERRCODE = 'AMP02';
END $$;

CREATE TRIGGER "job_event_append_only" BEFORE UPDATE ON "job_event" FOR EACH ROW EXECUTE FUNCTION "job_event_append_only"();
