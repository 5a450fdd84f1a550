// `file list`, `file show`, `file checksum`, `file delete`: what operators have saved, and the logs. Every folder that tools know from
// the original is the same one here.

import { text as textType } from "@merlon/model/schema/value.ts";
import type { XmlElement } from "@merlon/netconf/element.ts";
import type { Gateway } from "../gateway.ts";
import { checksumShownFile, deleteSavedFile, findShownFile, listShownFiles } from "../store/shown-files.ts";
import type { ShownFile } from "../store/shown-files.ts";
import { filePieces } from "./file-pieces.ts";
import { fileLine, permissionText } from "./file-text.ts";
import { operation, OperationRefused } from "./operation.ts";
import type { AnyOperation, Parameter } from "./operation.ts";
import { field, group, output, reply } from "./reply.ts";

export interface FileList {
  readonly detail: boolean;
  readonly files: readonly ShownFile[];
  /** Absent when one file was asked for. */
  readonly folder?: string;
}

/** An answer that must be given as a whole. */
const wholeLengthMax = 16 * 1024 * 1024;
const folders = /^(?:\/?|~\/?|\.|\/var\/(?:log|tmp|home(?:\/[A-Za-z0-9_-]{1,64})?)\/?|\/tmp\/?)$/;

export const fileList = operation<FileList>({
  command: "file list",
  help: "List saved files and logs",
  parameters: [
    {
      word: "path",
      help: "A file, or a folder: all of them are one",
      type: textType(200),
      positional: true,
      files: ["log", "file"],
    },
    { word: "detail", help: "With size and time", group: "level" },
    { word: "recursive", help: "As without it", group: "level" },
  ],
  run: async (gateway, input) => {
    const detail = input["detail"] === true;
    const path = (input["path"] as string | undefined) ?? "~";
    if (folders.test(path)) return { detail, files: await listShownFiles(gateway.store), folder: path };
    return { detail, files: [await fileNamed(gateway, path)] };
  },
  text: ({ detail, files, folder }) => {
    const lines = files.map((file) => (detail ? fileLine(file) : `${file.name}\n`));
    const total = detail ? `total files: ${files.length}\n` : "";
    return `${folder === undefined ? "" : `\n${folder}:\n`}${lines.join("")}${total}`;
  },
  rpc: { name: "file-list", reply: listReply },
});

const nameParameter: Parameter = {
  word: "filename",
  help: "Name of a file",
  type: textType(200),
  positional: true,
  required: true,
  files: ["log", "file"],
};

export const fileShow = operation<{ readonly name: string; readonly text: string }>({
  command: "file show",
  help: "Show a saved file or a log",
  parameters: [nameParameter],
  run: async (gateway, input) => {
    const file = await fileNamed(gateway, input["filename"] as string);
    let text = "";
    for await (const piece of filePieces(file)) {
      text += piece;
      if (text.length > wholeLengthMax)
        throw new OperationRefused(`${file.name} is longer than ${wholeLengthMax} characters`);
    }
    return { name: file.name, text };
  },
  text: ({ text }) => text,
  rpc: {
    name: "file-show",
    reply: ({ name, text }) => ({ name: "file-content", attributes: { filename: name }, content: text }),
  },
});

export const fileDelete = operation<{ readonly name: string }>({
  command: "file delete",
  help: "Delete a saved file",
  parameters: [{ ...nameParameter, word: "path", files: ["file"] }],
  run: async ({ store }, input) => {
    const name = input["path"] as string;
    if (!(await deleteSavedFile(store, name))) throw new OperationRefused(`${name}: No such saved file`);
    return { name };
  },
  text: () => "",
  rpc: { name: "file-delete", reply: () => output("") },
});

interface Checksum {
  readonly name: string;
  readonly method: string;
  readonly checksum: string;
}

function checksumOperation(word: string, method: string, label: string, rpcName: string): AnyOperation {
  return operation<Checksum>({
    command: `file checksum ${word}`,
    help: `Show the ${label} checksum of a file`,
    parameters: [{ ...nameParameter, word: "path" }],
    run: async (gateway, input) => {
      const file = await fileNamed(gateway, input["path"] as string);
      return { name: file.name, method: label, checksum: await checksumShownFile(file, method) };
    },
    text: (data) => `${data.method} (${data.name}) = ${data.checksum}\n`,
    rpc: {
      name: rpcName,
      reply: (data) =>
        reply(
          "checksum-information",
          "junos",
          group(
            "file-checksum",
            field("computation-method", data.method),
            field("input-file", data.name),
            field("checksum", data.checksum),
          ),
        ),
    },
  });
}

export const fileChecksums: readonly AnyOperation[] = [
  checksumOperation("md5", "md5", "MD5", "get-checksum-information"),
  checksumOperation("sha1", "sha1", "SHA1", "get-sha1-checksum-information"),
  checksumOperation("sha-256", "sha256", "SHA256", "get-sha256-checksum-information"),
];

async function fileNamed({ store }: Pick<Gateway, "store">, name: string): Promise<ShownFile> {
  const file = await findShownFile(store, name);
  if (file !== undefined) return file;
  throw new OperationRefused(`${name}: No such file or directory`);
}

function listReply({ files, folder }: FileList): XmlElement {
  const entries = files.map((file) =>
    group(
      "file-information",
      field("file-name", file.name),
      field("file-permissions", file.mode.toString(8), { "junos:format": permissionText(file) }),
      field("file-owner", "root"),
      field("file-group", "wheel"),
      field("file-links", 1),
      field("file-size", file.sizeBytes),
      field("file-date", Math.floor(file.changedAtMs / 1000), {
        "junos:format": new Date(file.changedAtMs).toISOString().slice(0, 16),
      }),
    ),
  );
  const directory = group("directory", entries, field("total-files", files.length));
  const named = folder === undefined ? directory : { ...directory, attributes: { "junos:name": folder } };
  return reply("directory-list", "junos", named);
}
