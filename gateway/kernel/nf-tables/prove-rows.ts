// Whether a large set holds exactly the rows that one transaction of ours has made it with, without reading it: a microsecond
// a row, where the time of a dump grows with the square of the set.
//
// The rows are sent once more in a batch without an end, which the kernel tries and takes back, as `nft --check` does. An
// element that stands with the same data is no error, one with other data is (EEXIST). In front of them come elements that
// nobody has: as many as the set shall have room for, and one more, which must find it full (ENFILE). So it has as many
// rows as it shall have, and each row is one of them, because for others there is no room. Where a kernel counts or checks
// in another way the answer is no, and the set is read.
// Source: nft_add_set_elem of nf_tables_api.c and nfnetlink_rcv_batch of nfnetlink.c in net/netfilter, Linux 6.1 to 6.18.

import { elementCount, rowsOf } from "@merlon/compiler/nft/packed-set.ts";
import type { PackedRows } from "@merlon/compiler/nft/packed-set.ts";
import type { NftSet } from "@merlon/compiler/nft/program.ts";
import { netlinkFlag } from "../netlink-message.ts";
import type { NetlinkSocket } from "../netlink-socket.ts";
import { BatchWriter } from "./batch-writer.ts";
import { batchMessage } from "./nf-tables-number.ts";
import { sendBatch } from "./send-batch.ts";
import { shapeOf, writeRows } from "./write-set.ts";

/** A set of fewer rows is read as fast, and seen with everything that its elements have. */
export const provenRowsMin = 32_768;
/** A set with more room than this is read. */
const roomMax = 64;
/** Above the numbers of questions on the same socket. */
const firstSequence = 500_000_000;

/**
 * For a set that nobody but our transaction has written since it was made: what else an element may have (times, comments,
 * expressions) is not compared. False also where it cannot be said.
 */
export async function rowsStand(socket: NetlinkSocket, set: NftSet): Promise<boolean> {
  const rows = rowsOf(set);
  const room = (set.size ?? Infinity) - (rows?.count ?? 0);
  if (rows === undefined || room < 0 || room > roomMax || elementCount(set) === 0) return false;
  const others = otherRows(set, rows, room + 1);
  if (others === undefined) return false;
  const writer = new BatchWriter(firstSequence);
  writer.begin(batchMessage.begin, netlinkFlag.request, 0, batchMessage.subsystem).end();
  const shape = shapeOf(set);
  const write = (written: PackedRows): void => writeRows(writer, shape, written, () => undefined);
  const stride = others.keyWords + others.dataWords;
  write({ ...others, count: room, words: others.words.subarray(0, room * stride) });
  const fullSequence = writer.nextSequence;
  write({ ...others, count: 1, words: others.words.subarray(room * stride) });
  write(rows);
  const lastSequence = (writer.nextSequence - 1) >>> 0;
  writer.addFlag(netlinkFlag.acknowledge);
  const refusals = await sendBatch(socket, {
    chunks: writer.chunks(),
    lengthBytes: writer.lengthBytes,
    firstSequence,
    lastSequence,
  });
  const [first] = refusals;
  return refusals.length === 1 && first?.sequence === fullSequence && first.code === "ENFILE";
}

/** Keys above or below all that the set has. Undefined where there is no such room, or a key is not of whole words. */
function otherRows(
  set: NftSet,
  { words, count, keyWords, dataWords }: PackedRows,
  wanted: number,
): PackedRows | undefined {
  if (shapeOf(set).key.fields.some(({ lengthBytes }) => lengthBytes % 4 !== 0)) return undefined;
  const stride = keyWords + dataWords;
  let [low, high] = [0xffff_ffff, 0];
  for (let row = 0; row < count; row++) {
    const word = words[row * stride] ?? 0;
    if (word < low) low = word;
    if (word > high) high = word;
  }
  const first = high + wanted <= 0xffff_ffff ? high + 1 : low >= wanted ? 0 : undefined;
  if (first === undefined) return undefined;
  const others = new Uint32Array(wanted * stride);
  for (let row = 0; row < wanted; row++) others[row * stride] = first + row;
  return { count: wanted, keyWords, dataWords, words: others };
}
