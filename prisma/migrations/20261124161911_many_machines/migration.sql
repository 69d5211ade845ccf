-- CreateEnum
CREATE TYPE "wait_cause" AS ENUM ('NOTHING', 'HEAD', 'RATE_LIMIT', 'ENDPOINT', 'STORE');

-- AlterTable
ALTER TABLE "dataset_table" ADD COLUMN     "current_block_timestamp" BIGINT,
ADD COLUMN     "store_id" UUID,
ADD COLUMN     "final_block" BIGINT;

-- AlterTable
ALTER TABLE "job_live" ADD COLUMN     "advanced_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
ADD COLUMN     "attempt" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "blocks_per_second" DOUBLE PRECISION,
ADD COLUMN     "bytes_per_second" DOUBLE PRECISION,
ADD COLUMN     "chain_seconds_per_block" DOUBLE PRECISION,
ADD COLUMN     "fast_blocks_per_second" DOUBLE PRECISION,
ADD COLUMN     "in_flight_blocks" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "in_flight_bytes" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "in_flight_rows" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "slow_blocks_per_second" DOUBLE PRECISION,
ADD COLUMN     "waits_for" "wait_cause" NOT NULL DEFAULT 'NOTHING';

-- AlterTable
ALTER TABLE "pending_file" ADD COLUMN     "stray_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "table_file" ADD COLUMN     "retire_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "worker" ADD COLUMN     "store_id" UUID;

-- CreateTable
CREATE TABLE "object_store" (
    "id" UUID NOT NULL,
    "location" TEXT NOT NULL,
    "marked_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "object_store_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "deploy_key" (
    "key" TEXT NOT NULL,
    "input" JSONB NOT NULL,
    "job_number" BIGINT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "removed_job" JSONB,
    "removed_at" TIMESTAMPTZ(3),

    CONSTRAINT "deploy_key_pkey" PRIMARY KEY ("key")
);

-- CreateEnum
CREATE TYPE "job_action" AS ENUM ('STOP', 'RETRY', 'REMOVE');

-- CreateEnum
CREATE TYPE "job_plan_outcome" AS ENUM ('DONE', 'UNCHANGED', 'CHANGED', 'GONE', 'REFUSED');

-- CreateTable
CREATE TABLE "job_plan" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "action" "job_action" NOT NULL,
    "actor" TEXT,
    "reason" TEXT,
    "total" INTEGER NOT NULL,
    "applied" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "job_plan_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "job_plan_job" (
    "plan_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "job_number" BIGINT NOT NULL,
    "version" INTEGER NOT NULL,
    "outcome" "job_plan_outcome",
    "new_job" BIGINT,

    CONSTRAINT "job_plan_job_pkey" PRIMARY KEY ("plan_id","position")
);

-- AlterTable
ALTER TABLE "job_event" ADD COLUMN     "name" TEXT,
ADD COLUMN     "namespace" TEXT;

-- CreateTable
CREATE TABLE "job_event_log" (
    "id" BOOLEAN NOT NULL DEFAULT true,
    "dropped_to" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "job_event_log_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "job_namespace_name_number_idx" ON "job"("namespace", "name", "number");

-- CreateIndex
CREATE INDEX "job_manifest_hash_number_idx" ON "job"("manifest_hash", "number");

-- CreateIndex
CREATE INDEX "job_created_at_number_idx" ON "job"("created_at", "number");

-- CreateIndex
CREATE INDEX "job_updated_at_number_idx" ON "job"("updated_at", "number");

-- CreateIndex
CREATE INDEX "job_event_namespace_name_sequence_idx" ON "job_event"("namespace", "name", "sequence");

-- CreateIndex
CREATE INDEX "deploy_key_job_number_idx" ON "deploy_key"("job_number");

-- CreateIndex
CREATE INDEX "deploy_key_removed_at_idx" ON "deploy_key"("removed_at");

-- CreateIndex
CREATE INDEX "job_plan_expires_at_idx" ON "job_plan"("expires_at");

-- AddForeignKey
ALTER TABLE "job_plan_job" ADD CONSTRAINT "job_plan_job_plan_id_fkey" FOREIGN KEY ("plan_id") REFERENCES "job_plan"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "dataset_table" ADD CONSTRAINT "dataset_table_store_id_fkey" FOREIGN KEY ("store_id") REFERENCES "object_store"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "worker" ADD CONSTRAINT "worker_store_id_fkey" FOREIGN KEY ("store_id") REFERENCES "object_store"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- A root in the making: one at a time, so that two first workers do not make two stores.
CREATE UNIQUE INDEX "object_store_unmarked" ON "object_store" ((true)) WHERE "marked_at" IS NULL;

-- Few files are not canonical, whatever their table holds.
CREATE INDEX "table_file_not_canonical" ON "table_file" ("table_id") WHERE NOT "canonical";

-- What a worker owns, looked at with every heartbeat.
CREATE INDEX "job_owned" ON "job" ("incarnation") WHERE "status" IN ('RUNNING', 'STOP_REQUESTED', 'STOPPING');

-- Events go by retention only, which says so in its transaction: SELECT set_config('amp.retention', 'on', true).
CREATE FUNCTION "job_event_keep"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('amp.retention', true) IS DISTINCT FROM 'on' THEN
    RAISE EXCEPTION '% of % is refused: jobs and their events are kept', TG_OP, TG_TABLE_NAME USING ERRCODE = 'AMP02';
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER "job_event_keep" BEFORE DELETE OR TRUNCATE ON "job_event" FOR EACH STATEMENT EXECUTE FUNCTION "job_event_keep"();

-- The guard sees rows; this one sees what goes round them.
CREATE TRIGGER "job_keep" BEFORE TRUNCATE ON "job" FOR EACH STATEMENT EXECUTE FUNCTION "job_event_keep"();

-- Lists of jobs by what only some of them have.
CREATE INDEX "job_ended" ON "job" ("ended_at", "number") WHERE "ended_at" IS NOT NULL;
CREATE INDEX "job_error_code" ON "job" (("last_error" ->> 'code'), "number") WHERE "last_error" IS NOT NULL;
CREATE INDEX "job_retry_of" ON "job" ("retry_of", "number") WHERE "retry_of" IS NOT NULL;

-- Each event names the dataset of its job, also when the job is gone. STABLE, so that it sees the jobs as they were
-- before the statement that writes the event: a job that this statement removes is still there. The job that it makes is
-- not yet, but its event carries the descriptor.
CREATE FUNCTION "job_event_dataset"() RETURNS trigger LANGUAGE plpgsql STABLE AS $$
BEGIN
  SELECT "namespace", "name" INTO NEW."namespace", NEW."name" FROM "job" WHERE "number" = NEW."job_number";
  IF NOT FOUND THEN
    NEW."namespace" := NEW."detail" ->> 'dataset_namespace';
    NEW."name" := NEW."detail" ->> 'dataset_name';
  END IF;
  IF NEW."name" IS NULL THEN
    SELECT "namespace", "name" INTO NEW."namespace", NEW."name" FROM "job_event"
      WHERE "job_number" = NEW."job_number" AND "name" IS NOT NULL ORDER BY "sequence" DESC NULLS LAST LIMIT 1;
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER "job_event_dataset" BEFORE INSERT ON "job_event" FOR EACH ROW EXECUTE FUNCTION "job_event_dataset"();

-- The events that are there already.
ALTER TABLE "job_event" DISABLE TRIGGER "job_event_append_only";
UPDATE "job_event" e SET "namespace" = o."namespace", "name" = o."name"
  FROM (
    SELECT "number", "namespace", "name" FROM "job"
    UNION
    SELECT "job_number", "detail" ->> 'dataset_namespace', "detail" ->> 'dataset_name' FROM "job_event"
    WHERE "detail" ->> 'dataset_name' IS NOT NULL
  ) o
  WHERE e."job_number" = o."number";
ALTER TABLE "job_event" ENABLE TRIGGER "job_event_append_only";

-- How far retention has come, so that a reader whose cursor lies before it is told what it missed.
ALTER TABLE "job_event_log" ADD CONSTRAINT "job_event_log_one_row" CHECK ("id");
INSERT INTO "job_event_log" DEFAULT VALUES;

CREATE FUNCTION "job_event_dropped"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  "last" bigint;
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    SELECT max("sequence") INTO "last" FROM "job_event";
  ELSE
    SELECT max("sequence") INTO "last" FROM dropped;
  END IF;
  UPDATE "job_event_log" SET "dropped_to" = "last" WHERE "dropped_to" < "last";
  RETURN NULL;
END $$;

CREATE TRIGGER "job_event_dropped" AFTER DELETE ON "job_event"
  REFERENCING OLD TABLE AS dropped FOR EACH STATEMENT EXECUTE FUNCTION "job_event_dropped"();
CREATE TRIGGER "job_event_truncated" BEFORE TRUNCATE ON "job_event" FOR EACH STATEMENT EXECUTE FUNCTION "job_event_dropped"();

-- The tables that are there already: the time of the last canonical block.
UPDATE "dataset_table" t SET "current_block_timestamp" = f."timestamp"
  FROM "table_file" f
  WHERE f."table_id" = t."id" AND f."canonical" AND f."end_block" = t."current_block";
