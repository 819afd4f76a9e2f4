/** The Softbox API, typed from its OpenAPI document. */
import createClient, { type Client } from "openapi-fetch";
import type { paths } from "./schema.js";

export type { components, operations, paths } from "./schema.js";
export type Softbox = Client<paths>;

/**
 * A client for one server and one key.
 *
 *     const softbox = createSoftbox({ key: "sq_live_...", baseUrl: "https://pictures.example.com" });
 *     const { data, error } = await softbox.POST("/partner/v1/image/create", {
 *       params: { header: { "Idempotency-Key": crypto.randomUUID() } },
 *       body: { prompt: "a red mug on oak" },
 *     });
 */
export function createSoftbox(options: { key: string; baseUrl: string }): Softbox {
  return createClient<paths>({
    baseUrl: options.baseUrl,
    headers: { "X-API-Key": options.key },
  });
}
