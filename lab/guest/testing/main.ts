// The stories that run in the guest, as one program.

import "./capabilities.ts";
import "./contract.ts";
import "./offload.ts";
import "./vlans.ts";
