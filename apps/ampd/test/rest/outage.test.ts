import { expect, onTestFinished, test } from "vitest";
import { openDatabase } from "../../src/store/database.ts";
import { createMigratedDatabase } from "../databases.ts";
import { openWay } from "../way-to-database.ts";
import { refusal, serve } from "./rest-server.ts";

test.each(["GET /jobs", "GET /jobs/1", "DELETE /jobs?status=terminal", "PUT /jobs/1/stop", "GET /datasets"])(
  "%s without its database is 503, and says when to come again",
  async (line) => {
    const way = await openWay(await createMigratedDatabase());
    const database = await openDatabase({ kind: "postgres", url: way.url });
    onTestFinished(() => database.close());
    const rest = await serve(database);
    expect((await rest(line)).status).toBeLessThan(500);
    way.cut();
    const reply = await rest(line);
    expect(reply).toEqual(refusal(503, "UNAVAILABLE", "the database could not be used"));
    expect(reply.headers).toMatchObject({ "retry-after": "1" });
  },
);
