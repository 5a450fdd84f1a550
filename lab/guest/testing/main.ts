// The stories that run in the guest, as one program.

import "./capabilities.ts";
import "./contract.ts";
import "./full-table.ts";
import "./offload.ts";
import "./services.ts";
import "./vlans.ts";
