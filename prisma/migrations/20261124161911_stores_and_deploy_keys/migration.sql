-- AlterTable
ALTER TABLE "dataset_table" ADD COLUMN     "store_id" UUID;

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

-- CreateIndex
CREATE INDEX "deploy_key_job_number_idx" ON "deploy_key"("job_number");

-- CreateIndex
CREATE INDEX "deploy_key_removed_at_idx" ON "deploy_key"("removed_at");

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
    RAISE EXCEPTION 'events are part of an append-only log' USING ERRCODE = 'AMP02';
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER "job_event_keep" BEFORE DELETE OR TRUNCATE ON "job_event" FOR EACH STATEMENT EXECUTE FUNCTION "job_event_keep"();
