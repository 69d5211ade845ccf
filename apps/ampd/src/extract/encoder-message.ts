import type { TableName } from "../domain/table-name.ts";
import type { ColumnData } from "./column-data.ts";

/** What the encoder's thread is asked for. */
export type EncoderTask =
  | {
      readonly kind: "encode";
      readonly table: TableName;
      readonly rows: number;
      readonly columns: readonly ColumnData[];
      readonly keyValues: ReadonlyMap<string, string>;
    }
  | { readonly kind: "footer"; readonly bytes: Uint8Array<ArrayBuffer> };

/** The footer of a Parquet file, as far as a written file is checked. */
export type ParquetFooter = {
  readonly rows: number;
  readonly rowGroups: number;
  readonly keyValues: ReadonlyMap<string, string>;
};

/** What it answers; `Answer<"encode">` is the file's bytes. */
export type EncoderAnswer = { readonly encode: Uint8Array<ArrayBuffer>; readonly footer: ParquetFooter };

export type EncoderRequest = { readonly id: number; readonly task: EncoderTask };

export type EncoderReply = {
  readonly id: number;
  /** Size of WebAssembly's memory, which never shrinks: the owner ends the thread when it has grown too far. */
  readonly memoryBytes: number;
} & ({ readonly answer: EncoderAnswer[keyof EncoderAnswer] } | { readonly fault: string });
