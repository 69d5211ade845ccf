import { query } from "../client/graphql.ts";
import { requireFound } from "../client/not-found.ts";
import { getJsonText } from "../client/rest.ts";
import type { Context } from "../context.ts";
import { JobProgressDocument } from "../generated/api.ts";
import { datasetOf } from "../options/dataset.ts";
import { cell, styleOf, textOf } from "../output/cell.ts";
import { renderDetails } from "../output/details.ts";
import { renderTable } from "../output/table.ts";
import { failureFields } from "../views/failure-fields.ts";
import { severityStyle, statusCell } from "../views/job-state.ts";
import { progressFields, TABLE_PROGRESS_COLUMNS, tableProgressRows } from "../views/progress-fields.ts";

/** `ampctl job progress` */
export async function jobProgress({ server, output, io, isJson }: Context, _: object, id: bigint): Promise<undefined> {
  if (isJson) {
    output.rawJson(await getJsonText(server, `/jobs/${id}/progress`));
    return;
  }
  const { paint, width } = output;
  const layout = { width, paint, indent: 2 };
  const found = await query(server, JobProgressDocument, { number: String(id) });
  const job = requireFound(found.job, "job", id);
  const { progress, diagnosis, lastError } = job;
  const status = statusCell(progress.jobStatus);
  const rows = tableProgressRows(progress);
  const health = severityStyle(diagnosis.severity);
  output.lines([
    `${output.title(`Job ${job.number}`)}  ${textOf(datasetOf(job))}  ${paint(styleOf(status), textOf(status))}`,
    ...renderDetails([["Health", cell(diagnosis.summary, health)], ...progressFields(progress, io.now())], layout),
    ...(rows.length === 0 ? [] : ["", ...renderTable(TABLE_PROGRESS_COLUMNS, rows, layout)]),
    ...(progress.jobStatus === "FAILED" && lastError !== null
      ? ["", ...renderDetails(failureFields(lastError), layout)]
      : []),
  ]);
}
