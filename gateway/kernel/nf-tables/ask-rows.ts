// Whether a large set still holds exactly the rows that it had, whoever has changed what meanwhile: every row is asked for by
// its key, and comes with all that it has. Where each of them stands and the set has no room for more, it has nothing else.
// This takes 2.6 µs a row, where a dump takes a time that grows with the square.
// Source: nf_tables_getsetelem of net/netfilter/nf_tables_api.c, Linux 6.1 to 6.18: an answer for each element in the order of
// the question, until the first that is not there.

import { setImmediate } from "node:timers/promises";
import { rowsOf } from "@merlon/compiler/nft/packed-set.ts";
import type { NftSet } from "@merlon/compiler/nft/program.ts";
import { KernelFailure } from "../kernel.ts";
import { NetlinkSocket, netlinkProtocol } from "../netlink-socket.ts";
import { BatchWriter } from "./batch-writer.ts";
import { RowReader } from "./read-elements.ts";
import { shapeOf, writeRowQuestion } from "./write-set.ts";

/** All answers wait in the socket at once, where each takes 768 bytes; the usual room is 208 KB (net.core.rmem_default). */
const rowsPerQuestion = 200;
/** So often does the event loop go round. */
const questionsPerTurn = 10;

/** False also where it cannot be said. */
export async function rowsAnswer(set: NftSet): Promise<boolean> {
  const rows = rowsOf(set);
  if (rows === undefined || rows.rest !== undefined || set.size !== rows.count) return false;
  // What is left over after a failure must meet no other question.
  using socket = new NetlinkSocket({ protocol: netlinkProtocol.netfilter, batch: 64, slotSizeBytes: answerBytesMax });
  const shape = shapeOf(set);
  const reader = new RowReader(set);
  try {
    for (let row = 0, turn = 1; row < rows.count; row += rowsPerQuestion, turn++) {
      const sequence = socket.nextSequence();
      const writer = new BatchWriter(sequence);
      writeRowQuestion(writer, shape, rows, { from: row, end: Math.min(rows.count, row + rowsPerQuestion) });
      socket.request(writer.chunks()[0] ?? new Uint8Array(), sequence, reader.visit);
      if (turn % questionsPerTurn === 0) await setImmediate();
    }
  } catch (error) {
    if (error instanceof KernelFailure) return false;
    throw error;
  }
  const found = reader.result();
  const words = found === undefined ? undefined : rowsOf(found)?.words;
  return words?.length === rows.words.length && words.every((word, at) => word === rows.words[at]);
}

/** One element with two names of at most 256 bytes, or a refusal with its words. */
const answerBytesMax = 2_048;
