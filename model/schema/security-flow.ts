// `security flow`: how sessions live: what TCP must show before it may have one, how long it may take to begin and to
// end, and how large its segments may be. What is not here is kept from the grammar of the original, and a commit says
// so.

import { container, flag, leaf } from "./node.ts";
import { secureWire } from "./secure-wire.ts";
import { integer, oneOf } from "./value.ts";

/** Bytes of data in one TCP segment. */
export const segmentSize = integer(64, 65_535);

const percent = integer(0, 100);

export const securityFlow = container("How sessions are handled", {
  "allow-dns-reply": flag("Let an answer of DNS pass whose question was not seen", {
    notEnforced: "an answer whose question was not seen meets the policies like any first packet",
  }),
  aging: container("Ending idle sessions earlier while there are very many", {
    "early-ageout": leaf("Seconds that a session may be idle then", integer(1, 65_535), { defaultValue: 20 }),
    "low-watermark": leaf("Percent of the table at which that ends", percent, { defaultValue: 100 }),
    "high-watermark": leaf("Percent of the table at which that begins", percent, { defaultValue: 100 }),
  }),
  "tcp-mss": container("Largest segments of TCP", {
    "all-tcp": container("Of all sessions", {
      mss: leaf("Bytes that a segment may have at most", segmentSize),
    }),
  }),
  "tcp-session": container("Sessions of TCP", {
    "rst-invalidate-session": flag("End a session at once when it is reset"),
    "fin-invalidate-session": flag("End a session at once when both sides have closed it"),
    "rst-sequence-check": flag("Check the sequence number of a reset (always done)"),
    "no-syn-check": flag("Let a session begin in its middle, without SYN"),
    "strict-syn-check": flag("Drop data that comes before the handshake is complete", {
      notEnforced: "data that a handshake carries passes with it",
    }),
    "no-sequence-check": flag("Do not check sequence numbers"),
    "tcp-initial-timeout": leaf("Seconds that a handshake may take", integer(4, 300), { defaultValue: 20 }),
    "time-wait-state": container(
      "Keep a closed session: 150 seconds where nothing else is said",
      {
        "session-ageout": flag("As long as an idle session", { choice: "session-age-option" }),
        "session-timeout": leaf("For so many seconds", integer(2, 600), { choice: "session-age-option" }),
        "apply-to-half-close-state": flag("Also a session that one side has closed"),
      },
      { presence: true },
    ),
  }),
});

const modes = {
  "packet-based": "Without sessions (they meet the policies all the same)",
  "flow-based": "By sessions and policies",
  drop: "Not at all",
};

export const securityForwardingOptions = container("How packets are forwarded", {
  family: container("By their family", {
    inet: container("IPv4", { mode: leaf("How it is forwarded", oneOf(modes), { defaultValue: "flow-based" }) }),
    inet6: container("IPv6", { mode: leaf("How it is forwarded", oneOf(modes)) }),
  }),
  "secure-wire": secureWire,
  "services-offload": container("The fast path of sessions that need no service", {
    disable: flag("Take the ordinary path with every packet, also where the kernel has a faster one"),
  }),
});
