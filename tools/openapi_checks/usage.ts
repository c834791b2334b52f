// Compiled by `make check` with `tsc --strict` against the types that are generated from openapi.json.
import type { paths } from "./generated/api";

type Search = paths["/v1/projects/{project}/assets/search"]["post"];
export type SearchBody = Search["requestBody"]["content"]["application/json"];
export type SearchAnswer = Search["responses"][200]["content"]["application/json"];

export const body: SearchBody = { limit: 50, sort: "-created_at" };
