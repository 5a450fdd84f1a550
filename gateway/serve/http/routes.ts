// All routes of the HTTP interface. A new one is a file or a declaration beside these, and a line below; the OpenAPI document
// follows.

import { commandRoute, completeRoute, interruptRoute } from "./command-routes.ts";
import {
  changeConfigurationRoute,
  checkConfigurationRoute,
  commitConfigurationRoute,
  compareConfigurationRoute,
  loadConfigurationRoute,
  readConfigurationRoute,
  rollbackConfigurationRoute,
} from "./configuration-routes.ts";
import { eventRoute } from "./event-route.ts";
import { explorerRoute } from "./explorer-route.ts";
import { metricsRoute } from "./metrics-route.ts";
import { openApiRoute } from "./open-api-route.ts";
import { operationRoute } from "./operation-route.ts";
import { rpcListRoute, rpcReadRoute, rpcRoute } from "./rpc-routes.ts";
import { sessionRoute } from "./session-route.ts";
import type { Route } from "./route.ts";

export const routes: readonly Route[] = [
  commandRoute,
  completeRoute,
  interruptRoute,
  sessionRoute,
  operationRoute,
  readConfigurationRoute,
  compareConfigurationRoute,
  loadConfigurationRoute,
  rollbackConfigurationRoute,
  checkConfigurationRoute,
  commitConfigurationRoute,
  changeConfigurationRoute,
  eventRoute,
  metricsRoute,
  openApiRoute,
  explorerRoute,
  rpcReadRoute,
  rpcRoute,
  rpcListRoute,
];
